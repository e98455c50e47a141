import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request, type TestCustomer } from "../harness/api.ts";
import type { ApiAnswer, RequestOptions } from "../harness/http.ts";
import {
  accountRead,
  accountsRead,
  cacheResult,
  customerRead,
  get,
  readUntilHit,
  type CachedRead,
} from "./cached-reads.ts";

/** Ada has money, Bob has none; each has one account that the operations move and change. */
interface Scene {
  readonly ada: TestCustomer;
  readonly bob: TestCustomer;
  readonly adas_id: string;
  readonly bobs_id: string;
  readonly reads: readonly CachedRead[];
}

async function openScene(): Promise<Scene> {
  const [ada, bob] = await Promise.all([createCustomer(), createCustomer()]);
  const adas_id = await bank.createAccount(ada, { balance: 1_000 });
  const bobs_id = await bank.createAccount(bob);
  const reads = [
    ...[ada, bob].flatMap((owner) => [customerRead(owner), accountsRead(owner)]),
    accountRead(ada, adas_id),
    accountRead(bob, bobs_id),
  ];
  return { ada, bob, adas_id, bobs_id, reads };
}

interface Case {
  readonly name: string;
  readonly status: number;
  /** What has to be there before anything is cached; its id goes into `run`. */
  readonly prepare?: (scene: Scene) => Promise<string>;
  readonly run: (scene: Scene, prepared: string) => { path: string } & RequestOptions;
  readonly method?: "PATCH";
  /** An operation that takes no key is not repeated. */
  readonly replays?: false;
}

const adminToken = async (): Promise<string> => (await admin()).token;
let admin_token = "";

const transferOf = ({ adas_id, bobs_id }: Scene, amount = 10) => ({
  debit_account_id: adas_id,
  credit_account_id: bobs_id,
  amount,
});

async function created(path: string, options: RequestOptions): Promise<string> {
  const { status, text, body } = await request("POST", path, { key: randomUUID(), ...options });
  if (status !== 201) throw new Error(text);
  return (body as { id: string }).id;
}

const createHold = (scene: Scene, more: object = {}): Promise<string> =>
  created("/v1/holds", { token: scene.ada.token, body: { ...transferOf(scene), ...more } });
const createTransfer = (scene: Scene): Promise<string> =>
  created("/v1/transfers", { token: scene.ada.token, body: transferOf(scene) });

/** Every operation that is not a GET, and each way in which it can end with something written. */
const cases: Readonly<Record<string, readonly Case[] | "changes nothing that is cached">> = {
  login: "changes nothing that is cached",
  createCustomer: "changes nothing that is cached",
  updateCustomer: [
    update("a rename", ({ ada }) => [`/v1/customers/${ada.customer_id}`, { name: "Renamed" }]),
    update("a freeze", ({ ada }) => [`/v1/customers/${ada.customer_id}`, { status: "frozen" }]),
  ],
  createAccount: [
    {
      name: "a second account",
      status: 201,
      replays: false,
      run: ({ ada }) => ({
        path: "/v1/accounts",
        token: admin_token,
        body: { customer_id: ada.customer_id, currency: "EUR", name: "Second" },
      }),
    },
  ],
  updateAccount: [
    update("a rename", ({ adas_id }) => [`/v1/accounts/${adas_id}`, { name: "Renamed" }]),
    update("an overdraft", ({ adas_id }) => [`/v1/accounts/${adas_id}`, { overdraft_limit: 500 }]),
    update("a freeze", ({ adas_id }) => [`/v1/accounts/${adas_id}`, { status: "frozen" }]),
    update("a closing", ({ bobs_id }) => [`/v1/accounts/${bobs_id}`, { status: "closed" }]),
  ],
  creditAccount: [
    {
      name: "posted",
      status: 201,
      run: ({ adas_id }) => ({
        path: `/v1/accounts/${adas_id}/credit`,
        token: admin_token,
        body: { amount: 10 },
      }),
    },
  ],
  debitAccount: [debit("posted", 201, 10), debit("declined", 422, 5_000)],
  createTransfer: [transfer("posted", 201, 10), transfer("declined", 422, 5_000)],
  createTransfers: [
    batch("posted and declined", 200, [10, 5_000, 20], false),
    batch("atomic", 200, [10, 20], true),
    batch("atomic and refused", 422, [10, 5_000], true),
  ],
  reverseTransfer: [
    {
      name: "posted",
      status: 201,
      prepare: createTransfer,
      run: (_scene, id) => ({ path: `/v1/transfers/${id}/reverse`, token: admin_token, body: {} }),
    },
    {
      name: "declined",
      status: 422,
      prepare: createTransfer,
      run: (_scene, id) => ({
        path: `/v1/transfers/${id}/reverse`,
        token: admin_token,
        body: { amount: 11 },
      }),
    },
  ],
  createHold: [
    {
      name: "held",
      status: 201,
      run: (scene) => ({ path: "/v1/holds", token: scene.ada.token, body: transferOf(scene) }),
    },
    {
      name: "declined",
      status: 422,
      run: (scene) => ({
        path: "/v1/holds",
        token: scene.ada.token,
        body: transferOf(scene, 5_000),
      }),
    },
  ],
  captureHold: [
    capture("in full", 201, {}),
    capture("in part", 201, { amount: 4 }),
    capture("declined", 422, { amount: 11 }),
  ],
  releaseHold: [
    {
      name: "released",
      status: 200,
      prepare: createHold,
      run: ({ ada }, id) => ({ path: `/v1/holds/${id}/release`, token: ada.token }),
    },
  ],
};

function update(name: string, of: (scene: Scene) => [path: string, body: object]): Case {
  const run: Case["run"] = (scene) => {
    const [path, body] = of(scene);
    return { path, token: admin_token, body };
  };
  return { name, status: 200, method: "PATCH", replays: false, run };
}

function debit(name: string, status: number, amount: number): Case {
  const run: Case["run"] = ({ adas_id }) => ({
    path: `/v1/accounts/${adas_id}/debit`,
    token: admin_token,
    body: { amount },
  });
  return { name, status, run };
}

function transfer(name: string, status: number, amount: number): Case {
  const run: Case["run"] = (scene) => ({
    path: "/v1/transfers",
    token: scene.ada.token,
    body: transferOf(scene, amount),
  });
  return { name, status, run };
}

function batch(name: string, status: number, amounts: readonly number[], atomic: boolean): Case {
  const run: Case["run"] = (scene) => ({
    path: "/v1/transfers/batch",
    token: scene.ada.token,
    body: { transfers: amounts.map((amount) => transferOf(scene, amount)), atomic },
  });
  return { name, status, run };
}

function capture(name: string, status: number, body: object): Case {
  const run: Case["run"] = ({ ada }, id) => ({
    path: `/v1/holds/${id}/capture`,
    token: ada.token,
    body,
  });
  return { name, status, prepare: (scene) => createHold(scene), run };
}

/** What the Worker shows is what Postgres says, for everybody who is involved. */
async function expectTruth({ reads }: Scene): Promise<void> {
  for (const read of reads) expect((await get(read)).body, read.path).toEqual(await read.truth());
}

async function prime({ reads }: Scene): Promise<void> {
  for (const read of reads) await readUntilHit(() => get(read));
}

test("every operation that is not a GET has a row in this test", async () => {
  const file = path.join(import.meta.dirname, "../../openapi.json");
  const { paths } = JSON.parse(await readFile(file, "utf8")) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const operations = Object.values(paths).flatMap((methods) =>
    Object.entries(methods).flatMap(([method, { operationId }]) =>
      method === "get" ? [] : [operationId],
    ),
  );
  expect(operations.sort()).toEqual(Object.keys(cases).sort());
});

describe("the next read shows what an operation has changed:", () => {
  const all = Object.entries(cases).flatMap(([operation, list]) =>
    list === "changes nothing that is cached" ? [] : list.map((one) => ({ operation, ...one })),
  );
  test.each(all)(
    "$operation, $name",
    async ({ status, prepare, run, method = "POST", replays }) => {
      admin_token = await adminToken();
      const scene = await openScene();
      const prepared = (await prepare?.(scene)) ?? "";
      await prime(scene);
      const { path: where, ...options } = run(scene, prepared);
      const key = replays === false ? undefined : randomUUID();
      const perform = (): Promise<ApiAnswer> => request(method, where, { key, ...options });
      const first = await perform();
      expect(first.status, first.text).toBe(status);
      await expectTruth(scene);
      if (replays === false) return;
      await prime(scene);
      const again = await perform();
      expect(again.headers.get("Idempotency-Replayed")).toBe("true");
      // The first may have died before it could tell the cache, so a replay tells it again.
      expect(
        new Set((await Promise.all(scene.reads.map((read) => get(read)))).map(cacheResult)),
      ).toContain("miss");
      await expectTruth(scene);
    },
  );

  test("a customer is found although it was looked for before it existed", async () => {
    const ada = await createCustomer();
    const { token } = await admin();
    const list = `/v1/accounts?customer_id=${ada.customer_id}`;
    const before = await request("GET", list, { token });
    expect((before.body as { data: unknown[] }).data).toEqual([]);
    await created("/v1/accounts", {
      token,
      body: { customer_id: ada.customer_id, currency: "USD", name: "First" },
    });
    expect((await get(accountsRead(ada))).body).toEqual(await accountsRead(ada).truth());
  });

  test("a cached account expires with the first of its holds", async () => {
    const scene = await openScene();
    const hold_id = await createHold(scene, { expires_in_seconds: 2 });
    const [account, accounts] = [accountRead(scene.ada, scene.adas_id), accountsRead(scene.ada)];
    const held = await readUntilHit(() => get(account));
    await readUntilHit(() => get(accounts));
    expect(held.body).toMatchObject({ held: 10, available: 990 });
    const hold = async (): Promise<string> =>
      (
        (await request("GET", `/v1/holds/${hold_id}`, { token: scene.ada.token })).body as {
          status: string;
        }
      ).status;
    await expect.poll(hold, { timeout: 5_000, interval: 5 }).toBe("expired");
    expect((await get(account)).body).toMatchObject({ held: 0, available: 1_000 });
    expect((await get(accounts)).body).toMatchObject({ data: [{ held: 0, available: 1_000 }] });
  });
});
