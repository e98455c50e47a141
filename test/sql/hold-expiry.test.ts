import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank, until, type CustomerActor } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { captureHold, expireHold, markExpired, releaseHold } from "./holds.ts";
import {
  codesOf,
  createTransfers,
  readAccount,
  reverseTransfer,
  setCustomerStatus,
  updateAccount,
} from "./operations.ts";

const bank = sharedBank();
const createBank = ownBanks();

interface Scene {
  readonly ada: CustomerActor;
  readonly from: string;
  readonly to: string;
  readonly funding_id: string;
  readonly hold_id: string;
  /** A hold of 1 that has not expired. */
  readonly other_hold_id: string;
}

/** 101 on an account: 100 of it held, expired and not marked, 1 held on. */
async function createExpired(): Promise<Scene> {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada), await bank.createAccount(ada, { balance: 1 })];
  const { body: funding } = await bank.credit(from, 101);
  const { body: other } = await bank.createHold(ada, { from, to, amount: 1 });
  const { body: hold } = await bank.createHold(ada, { from, to, amount: 100 });
  await expireHold(bank, hold.id);
  return { ada, from, to, funding_id: funding.id, hold_id: hold.id, other_hold_id: other.id };
}

/** What lies in the tables, whatever a read makes of it. */
async function stored({ hold_id, from }: Scene) {
  const [row] = await bank.sql(
    "select holds.status, accounts.held::int from bank.holds, bank.accounts " +
      "where holds.id = $1 and accounts.id = $2",
    [hold_id, from],
  );
  return row;
}

type Step = readonly [name: string, take: (scene: Scene) => Promise<string | null | undefined>];

/** Everything that takes money, each for all that the expired hold has freed. */
const decisions: readonly Step[] = [
  [
    "a transfer",
    async ({ ada, from, to }) => (await bank.transfer(ada, { from, to, amount: 100 })).code,
  ],
  ["a debit", async ({ from }) => (await bank.debit(from, 100)).code],
  [
    "a hold",
    async ({ ada, from, to }) => (await bank.createHold(ada, { from, to, amount: 100 })).code,
  ],
  [
    "a batch",
    async ({ ada, from, to }) =>
      codesOf(await createTransfers(bank, ada, [{ from, to, amount: 100 }]))[0],
  ],
  [
    "a reversal",
    async ({ funding_id }) => (await reverseTransfer(bank, funding_id, { p_amount: 100 })).code,
  ],
];

/** Everything else that takes the account's lock. */
const others: readonly Step[] = [
  ["a credit", async ({ from }) => (await bank.credit(from, 1)).code],
  [
    "a transfer to the account",
    async ({ ada, from, to }) => (await bank.transfer(ada, { from: to, to: from, amount: 1 })).code,
  ],
  [
    "a declined transfer",
    async ({ ada, from, to }) =>
      (await bank.transfer(ada, { from, to, amount: 1000 })).code === "insufficient_funds"
        ? null
        : "posted",
  ],
  [
    "the capture of another hold",
    async ({ ada, other_hold_id }) => (await captureHold(bank, ada, other_hold_id)).code,
  ],
  [
    "the release of another hold",
    async ({ ada, other_hold_id }) => (await releaseHold(bank, ada, other_hold_id)).code,
  ],
  [
    "its own late capture",
    async ({ ada, hold_id }) =>
      (await captureHold(bank, ada, hold_id)).code === "hold_not_active" ? null : "captured",
  ],
  [
    "its own late release",
    async ({ ada, hold_id }) =>
      (await releaseHold(bank, ada, hold_id)).code === "hold_not_active" ? null : "released",
  ],
  [
    "a changed account",
    async ({ from }) => (await updateAccount(bank, from, { p_name: "Rent" })).code,
  ],
  [
    "a changed customer",
    async ({ ada }) => (await setCustomerStatus(bank, ada.customer_id, "active")).code,
  ],
];

describe("the money of an expired hold can be spent by", () => {
  test.each([...decisions])("%s", async (_name, take) => {
    expect(await take(await createExpired())).toBeNull();
  });
});

describe("only the cron marks an expired hold, once, also after the lock was taken by", () => {
  test.each([...decisions, ...others])("%s", async (_name, take) => {
    const scene = await createExpired();
    const available = (await readAccount(bank, scene.from)).available;
    expect(available).toBe(100);
    expect(await stored(scene)).toEqual({ status: "active", held: 101 });
    expect(await take(scene)).toBeNull();
    expect((await stored(scene))?.["status"]).toBe("active");
    expect(await bank.auditEvents(scene.hold_id, "hold.expire")).toEqual([]);
    const before = await readAccount(bank, scene.from);
    for (let run = 0; run < 2; run += 1) await markExpired(bank, scene.from);
    expect(await stored(scene)).toEqual({ status: "expired", held: before.held });
    expect(await readAccount(bank, scene.from)).toMatchObject({ available: before.available });
    const events = await bank.auditEvents(scene.hold_id, "hold.expire");
    expect(events).toMatchObject([
      {
        outcome: "success",
        code: null,
        target_type: "hold",
        actor_id: null,
        actor_role: null,
        ip: null,
      },
    ]);
    expect(await bank.verify()).toEqual([]);
  });
});

test("no read counts or marks an expired hold", async () => {
  const scene = await createExpired();
  const { ada, from, hold_id } = scene;
  expect(await readAccount(bank, from)).toMatchObject({ balance: 101, held: 1, available: 100 });
  const { body: accounts } = await bank.call("list_accounts", { p_actor: ada });
  expect(accounts.find(({ id }: { id: string }) => id === from)).toMatchObject({
    held: 1,
    available: 100,
  });
  expect((await bank.call("get_hold", { p_actor: ada, p_hold_id: hold_id })).body.status).toBe(
    "expired",
  );
  for (const [p_status, length] of [
    ["expired", 1],
    ["active", 1],
    ["released", 0],
  ] as const)
    expect((await bank.call("list_holds", { p_actor: ada, p_status })).body).toHaveLength(length);
  expect(await stored(scene)).toEqual({ status: "active", held: 101 });
  expect(await bank.auditEvents(hold_id, "hold.expire")).toEqual([]);
});

test("a declined call leaves an expired hold unmarked and its money free", async () => {
  const scene = await createExpired();
  expect((await updateAccount(bank, scene.from, { p_status: "closed" })).code).toBe(
    "account_not_empty",
  );
  expect(await stored(scene)).toEqual({ status: "active", held: 101 });
  expect(await readAccount(bank, scene.from)).toMatchObject({ available: 100, status: "active" });
});

test("an account whose only hold has expired can be closed", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { overdraft_limit: 5 }),
    await bank.createAccount(ada),
  ];
  const { body } = await bank.createHold(ada, { from, to, amount: 5 });
  await expireHold(bank, body.id);
  expect((await updateAccount(bank, from, { p_status: "closed" })).body.status).toBe("closed");
  await markExpired(bank, from);
  expect(await bank.auditEvents(body.id, "hold.expire")).toHaveLength(1);
  expect(await bank.verify()).toEqual([]);
});

test("a hold of one second reserves until its second is over, by the clock and nothing else", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 5 }), await bank.createAccount(ada)];
  const { body } = await bank.createHold(ada, { from, to, amount: 5 }, { p_expires_in_seconds: 1 });
  expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(1_000);
  expect((await bank.transfer(ada, { from, to, amount: 5 })).code).toBe("insufficient_funds");
  await until(async () => (await readAccount(bank, from)).available === 5);
  const is_over = await bank.value("select clock_timestamp() >= $1::timestamptz", [
    body.expires_at,
  ]);
  expect(is_over).toBe(true);
  expect((await bank.transfer(ada, { from, to, amount: 5 })).code).toBeNull();
});

test("a hold of no time reserves nothing", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 5 }), await bank.createAccount(ada)];
  const { body } = await bank.createHold(ada, { from, to, amount: 5 }, { p_expires_in_seconds: 0 });
  expect(body.status).toBe("expired");
  expect((await captureHold(bank, ada, body.id)).code).toBe("hold_not_active");
  expect(await readAccount(bank, from)).toMatchObject({ balance: 5, held: 0 });
});

test("the cron marks and audits in the bank's own name, all of an account's in one step, and no active one", async () => {
  const own = await createBank();
  const ada = await own.createCustomer();
  const [from, to] = [await own.createAccount(ada, { balance: 10 }), await own.createAccount(ada)];
  const ids = [];
  for (let count = 0; count < 3; count += 1)
    ids.push((await own.createHold(ada, { from, to, amount: 2 })).body.id as string);
  const [one = "", other = "", active = ""] = ids;
  for (const id of [one, other]) await expireHold(own, id);
  const answer = await own.call("expire_holds", {});
  expect(answer).toMatchObject({ body: { expired: 2 }, code: null, unstored_audit_events: null });
  expect(answer.changed).toEqual(
    expect.arrayContaining([`account:${from}`, `accounts:${ada.customer_id}`]),
  );
  for (const id of [one, other])
    expect(await own.auditEvents(id, "hold.expire")).toMatchObject([
      { actor_id: null, actor_role: null, ip: null, request_id: null },
    ]);
  expect((await own.call("expire_holds", {})).body).toEqual({ expired: 0 });
  expect(await readAccount(own, from)).toMatchObject({ held: 2, available: 8 });
  expect((await captureHold(own, ada, active)).code).toBeNull();
  expect(await own.verify()).toEqual([]);
});

describe("an answer may be cached until the next hold expires", () => {
  const lifetimes = async (ada: CustomerActor, p_account_id: string) => [
    (await bank.call("get_account", { p_actor: ada, p_account_id })).cache_lifetime_ms,
    (await bank.call("list_accounts", { p_actor: ada })).cache_lifetime_ms,
  ];

  test("an account without an active hold is cached for the full lifetime", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 9 }),
      await bank.createAccount(ada),
    ];
    expect(await lifetimes(ada, from)).toEqual([null, null]);
    const hold = async (p_expires_in_seconds: number) =>
      (await bank.createHold(ada, { from, to, amount: 1 }, { p_expires_in_seconds })).body
        .id as string;
    const expectAtMost = async (limit: number) => {
      for (const lifetime_ms of await lifetimes(ada, from)) {
        expect(lifetime_ms).toBeLessThanOrEqual(limit);
        expect(lifetime_ms).toBeGreaterThan(limit - 20_000);
      }
    };
    const [far, near, nearest] = [await hold(900), await hold(600), await hold(300)];
    await expectAtMost(300_000);
    expect((await lifetimes(ada, to))[0]).toBeNull();
    await releaseHold(bank, ada, nearest);
    await expectAtMost(600_000);
    await expireHold(bank, near);
    await expectAtMost(900_000);
    await captureHold(bank, ada, far);
    expect(await lifetimes(ada, from)).toEqual([null, null]);
  });

  test("a list is cached until a hold on any of its accounts expires", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 9 }),
      await bank.createAccount(ada),
    ];
    await bank.createHold(
      ada,
      { from, to, amount: 1, key: randomUUID() },
      { p_expires_in_seconds: 60 },
    );
    const [account, list] = await lifetimes(ada, to);
    expect(account).toBeNull();
    expect(list).toBeLessThanOrEqual(60_000);
  });
});
