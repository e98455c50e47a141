import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { sharedBank, type Actor, type Bank, type CustomerActor } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { idsOf, readPages } from "./pages.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();
const createBank = ownBanks();
const key = randomUUID();
let ada: CustomerActor;
let bob: CustomerActor;
let [adas, adas_other, bobs]: string[] = [];
let ids: Record<"credit" | "own" | "to_bob" | "declined" | "from_bob" | "bobs_declined", string>;

beforeAll(async () => {
  [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const [from, own, to] = [
    await bank.createAccount(ada),
    await bank.createAccount(ada),
    await bank.createAccount(bob),
  ];
  [adas, adas_other, bobs] = [from, own, to];
  ids = {
    credit: (await bank.credit(from, 100)).body.id,
    own: (await bank.transfer(ada, { from, to: own, amount: 1 })).body.id,
    to_bob: (await bank.transfer(ada, { from, to, amount: 2, key })).body.id,
    declined: (await bank.transfer(ada, { from, to, amount: 1000 })).body.transfer_id,
    from_bob: (await bank.transfer(bob, { from: to, to: from, amount: 1, key })).body.id,
    bobs_declined: (await bank.transfer(bob, { from: to, to: from, amount: 1000 })).body
      .transfer_id,
  };
});

async function list(p_actor: Actor, named: Record<string, unknown> = {}): Promise<string[]> {
  return idsOf([(await bank.call("list_transfers", { p_actor, ...named })).body]);
}

describe("a customer", () => {
  test("sees what touched its accounts, newest first, but no decline of others", async () => {
    expect(await list(ada)).toEqual([ids.from_bob, ids.declined, ids.to_bob, ids.own, ids.credit]);
    expect(await list(bob)).toEqual([ids.bobs_declined, ids.from_bob, ids.to_bob]);
  });

  test("filters by account, status, time and its own key", async () => {
    expect(await list(ada, { p_account_id: adas_other })).toEqual([ids.own]);
    expect(await list(ada, { p_status: "declined" })).toEqual([ids.declined]);
    expect(await list(ada, { p_idempotency_key: key })).toEqual([ids.to_bob]);
    expect(await list(bob, { p_idempotency_key: key })).toEqual([ids.from_bob]);
    const { body } = await bank.call("get_transfer", { p_actor: ada, p_transfer_id: ids.to_bob });
    expect(await list(ada, { p_from: body.created_at })).toEqual([
      ids.from_bob,
      ids.declined,
      ids.to_bob,
    ]);
    expect(await list(ada, { p_to: body.created_at })).toEqual([ids.own, ids.credit]);
    expect(
      await list(ada, { p_account_id: adas, p_status: "posted", p_from: body.created_at }),
    ).toEqual([ids.from_bob, ids.to_bob]);
  });

  test("filtering by another's account is the same as by none that exists", async () => {
    const look = async (p_account_id: string | undefined) =>
      failureFacts(bank.call("list_transfers", { p_actor: ada, p_account_id }));
    const missing = await look(randomUUID());
    expect(await look(bobs)).toEqual(missing);
    expect(missing).toMatchObject({ detail: '{"code": "not_found"}' });
  });
});

test("an admin sees all of an account, and both transfers with one key", async () => {
  const admin = await bank.admin();
  expect(await list(admin, { p_account_id: bobs })).toEqual([
    ids.bobs_declined,
    ids.from_bob,
    ids.declined,
    ids.to_bob,
  ]);
  expect(await list(admin, { p_idempotency_key: key })).toEqual([ids.from_bob, ids.to_bob]);
});

test("the payee sees none of the payer's own members", async () => {
  const answer = await bank.call("list_transfers", { p_actor: bob, p_account_id: bobs });
  const items = answer.body as {
    id: string;
    metadata: unknown;
    idempotency_key: unknown;
    created_by: unknown;
  }[];
  const received = items.find(({ id }) => id === ids.to_bob);
  expect(received).toMatchObject({ metadata: null, idempotency_key: null, created_by: null });
  const sent = items.find(({ id }) => id === ids.from_bob);
  expect(sent).toMatchObject({ metadata: {}, idempotency_key: key, created_by: bob.user_id });
});

test("an item of the list is what get_transfer answers", async () => {
  const { body } = await bank.call("list_transfers", { p_actor: ada, p_status: "declined" });
  const one = await bank.call("get_transfer", { p_actor: ada, p_transfer_id: ids.declined });
  expect(body).toEqual([one.body]);
});

test("pages hold every transfer once, though others are made meanwhile", async () => {
  const eve = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(eve, { balance: 50 }),
    await bank.createAccount(eve),
  ];
  for (let count = 0; count < 8; count += 1) await bank.transfer(eve, { from, to, amount: 1 });
  const before = await list(eve);
  const pages = await readPages(
    (p_position) => bank.call("list_transfers", { p_actor: eve, p_limit: 2, p_position }),
    () => bank.transfer(eve, { from, to, amount: 1 }),
  );
  expect(idsOf(pages)).toEqual(before);
});

test("an actor who is nobody may not list transfers", async () => {
  expect(await refusal(bank.call("list_transfers", { p_actor: {} }))).toEqual({
    code: "unauthenticated",
  });
});

describe("among many", () => {
  let own: Bank;
  let admin: Actor;
  let owner: CustomerActor;
  let payee: CustomerActor;
  let oldest: string;

  beforeAll(async () => {
    own = await createBank();
    admin = await own.admin();
    [owner, payee] = [await own.createCustomer(), await own.createCustomer()];
    const [from, to] = [
      await own.createAccount(owner, { balance: 5 }),
      await own.createAccount(payee),
    ];
    oldest = (await own.transfer(owner, { from, to, amount: 1 })).body.id;
    await own.sql(
      `insert into bank.transfers (
         id, kind, status, code, debit_account_id, credit_account_id, amount, currency, metadata,
         idempotency_scope, idempotency_key, batch_index, created_by, created_at)
       select bank_internal.new_id(clock_timestamp()), 'transfer', 'declined',
              'insufficient_funds', $1, $2, 9, 'USD', '{}', $3, 'many', step, $3,
              clock_timestamp()
         from generate_series(1, 10001) as step`,
      [from, to, owner.customer_id],
    );
  });

  const read = async (p_actor: Actor, named: object) =>
    readPages((p_position) =>
      own.call("list_transfers", { p_actor, p_limit: 100, ...named, p_position }),
    );

  test("an admin's search that stops at its bound answers a short page with a next one", async () => {
    const pages = await read(admin, { p_status: "posted" });
    expect(pages.map((page) => page.length)).toEqual([0, 2]);
    expect(idsOf(pages)).toContain(oldest);
  });

  test("a payee finds what was posted past any number of declines that are not its business", async () => {
    expect(idsOf(await read(payee, {}))).toEqual([oldest]);
    expect(idsOf(await read(payee, { p_status: "declined" }))).toEqual([]);
  });

  test("a page of an account reads about as many transfers as it shows, however many it leaves out", async () => {
    await own.sql("analyze bank.transfers");
    const session = await own.session("superuser");
    const account_ids = await own.sql<{ id: string }>("select id from bank.accounts");
    const cases = [
      ...account_ids.flatMap(({ id }) =>
        ["posted", "declined", undefined].map(
          (p_status) => [admin, { p_account_id: id, p_status }] as const,
        ),
      ),
      ...[payee, owner].flatMap((actor) =>
        ["posted", "declined", undefined].map((p_status) => [actor, { p_status }] as const),
      ),
      [admin, { p_status: "declined" }],
    ] as const;
    for (const [p_actor, named] of cases) {
      await session.query("begin");
      await own.call("list_transfers", { p_actor, ...named }, session);
      const { rows } = await session.query<{ read: number }>(
        `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read
           from pg_stat_xact_user_tables where relid = 'bank.transfers'::regclass`,
      );
      await session.query("rollback");
      expect(rows[0]?.read, JSON.stringify(named)).toBeLessThan(1_000);
    }
  });

  test("pages of declines hold each once, for whoever may see them", async () => {
    for (const [actor, named] of [
      [owner, {}],
      [admin, {}],
      [owner, { p_idempotency_key: "many" }],
      [admin, { p_idempotency_key: "many" }],
    ] as const) {
      const ids = idsOf(await read(actor, { p_status: "declined", ...named }));
      expect([ids.length, new Set(ids).size]).toEqual([10001, 10001]);
    }
  });
});
