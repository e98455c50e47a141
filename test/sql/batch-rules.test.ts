import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { money_max, sharedBank, type CustomerActor } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { readHistory, recomputeHistory } from "./entries.ts";
import {
  codesOf,
  createThree,
  createTransfers,
  readAccount,
  setCustomerStatus,
  type Order,
} from "./operations.ts";
import { refusal } from "./refusals.ts";
import { createScene, rule_breaks } from "./rules.ts";

const bank = sharedBank();
const createBank = ownBanks();

const repeated = (count: number, order: Order): Order[] =>
  Array.from({ length: count }, () => order);

describe("an item is declined by the first rule that a single transfer would break", () => {
  test.each([...rule_breaks])("%s", async (_name, code, setup) => {
    const { debtor, from, to, amount, currency } = await createScene(bank, setup);
    const good = {
      from: await bank.createAccount(await bank.createCustomer(), { balance: 1 }),
      amount: 1,
    };
    const aside = await bank.createAccount(debtor);
    const before = await bank.balances(from, to);
    const orders = [
      { ...good, to: aside },
      { from, to, amount, currency },
    ];
    const answer = await createTransfers(bank, await bank.admin(), orders);
    expect(codesOf(answer)).toEqual([null, code]);
    expect(answer.body.outcomes[1]).toMatchObject({
      status: "declined",
      transfer: { status: "declined", code },
    });
    expect(await bank.balances(from, to, aside)).toEqual([...before, 1]);
    const { id } = answer.body.outcomes[1].transfer;
    expect(await bank.sql("select from bank.entries where transfer_id = $1", [id])).toEqual([]);
  });
});

describe("an item is decided on what those before it left:", () => {
  test("a chain through empty accounts, and the same chain backwards", async () => {
    const { ada, a, b, c } = await createThree(bank);
    const chain = [
      { from: a, to: b, amount: 100 },
      { from: b, to: c, amount: 100 },
      { from: c, to: a, amount: 100 },
    ];
    expect(codesOf(await createTransfers(bank, ada, chain))).toEqual([null, null, null]);
    const backwards = [...chain].reverse();
    const short = "insufficient_funds";
    expect(codesOf(await createTransfers(bank, ada, backwards))).toEqual([short, short, null]);
    expect(await bank.balances(a, b, c)).toEqual([0, 100, 0]);
  });

  test("room in a full account is made, and used", async () => {
    const ada = await bank.createCustomer();
    const [full, other] = [
      await bank.createAccount(ada, { balance: money_max }),
      await bank.createAccount(ada, { balance: 1 }),
    ];
    const orders = [
      { from: other, to: full, amount: 1 },
      { from: full, to: other, amount: 1 },
      { from: other, to: full, amount: 1 },
      { from: other, to: full, amount: 1 },
    ];
    const out = "balance_out_of_range";
    expect(codesOf(await createTransfers(bank, ada, orders))).toEqual([out, null, null, out]);
    expect(await bank.balances(full, other)).toEqual([money_max, 1]);
  });

  test("money that is held stays held, through the whole batch", async () => {
    const { ada, a, b } = await createThree(bank);
    await bank.createHold(ada, { from: a, to: b, amount: 70 });
    const orders = [
      { from: a, to: b, amount: 31 },
      { from: a, to: b, amount: 30 },
      { from: b, to: a, amount: 5 },
      { from: a, to: b, amount: 6 },
      { from: a, to: b, amount: 5 },
    ];
    const short = "insufficient_funds";
    const codes = codesOf(await createTransfers(bank, ada, orders));
    expect(codes).toEqual([short, null, null, short, null]);
    expect(await readAccount(bank, a)).toMatchObject({ balance: 70, held: 70, available: 0 });
  });
});

test("two currencies in one batch each keep to themselves", async () => {
  const ada = await bank.createCustomer();
  const create = (currency: string, balance: number) =>
    bank.createAccount(ada, { currency, balance });
  const [usd, usd_too] = [await create("USD", 10), await create("USD", 0)];
  const [jpy, jpy_too] = [await create("JPY", 10), await create("JPY", 0)];
  const orders = [
    { from: usd, to: usd_too, amount: 4 },
    { from: jpy, to: jpy_too, amount: 5, currency: "JPY" },
    { from: usd, to: jpy, amount: 1 },
    { from: usd, to: usd_too, amount: 1, currency: "JPY" },
  ];
  const { body } = await createTransfers(bank, ada, orders);
  expect(
    body.outcomes.map(({ code, transfer }: { code: string; transfer: { currency: string } }) => [
      code,
      transfer.currency,
    ]),
  ).toEqual([
    [null, "USD"],
    [null, "JPY"],
    ["currency_mismatch", "USD"],
    ["currency_mismatch", "JPY"],
  ]);
  expect(await bank.balances(usd, usd_too, jpy, jpy_too)).toEqual([6, 4, 5, 5]);
  expect(await bank.verify()).toEqual([]);
});

test("one transfer is a batch, and the same order twice is two transfers", async () => {
  const { ada, a, b } = await createThree(bank);
  const key = randomUUID();
  await createTransfers(bank, ada, [{ from: a, to: b, amount: 60 }], { p_idempotency_key: key });
  const twice = await createTransfers(bank, ada, repeated(3, { from: a, to: b, amount: 20 }));
  expect(codesOf(twice)).toEqual([null, null, "insufficient_funds"]);
  const ids = twice.body.outcomes.map(({ transfer }: { transfer: { id: string } }) => transfer.id);
  expect(new Set(ids).size).toBe(3);
  expect(await bank.balances(a, b)).toEqual([0, 100]);
});

test("no batch can name an internal account, not even an admin's", async () => {
  const { a, b } = await createThree(bank);
  const internal = await bank.value<string>(
    "select id from bank.accounts where kind = 'internal' limit 1",
  );
  const orders = [
    { from: internal, to: b, amount: 1 },
    { from: a, to: internal, amount: 1 },
    { from: a, to: b, amount: 1 },
  ];
  const answer = await createTransfers(bank, await bank.admin(), orders);
  expect(codesOf(answer)).toEqual(["not_found", "not_found", null]);
  expect(await bank.balances(a, b)).toEqual([99, 1]);
});

test("500 transfers of one hot account update each account once, and write one row of audit for each", async () => {
  const own = await createBank();
  const ada = await own.createCustomer();
  const hot = await own.createAccount(ada, { balance: 400 });
  const others = await Promise.all(Array.from({ length: 5 }, () => own.createAccount(ada)));
  const orders = Array.from({ length: 500 }, (_, index) => ({
    from: hot,
    to: others[index % 5] ?? hot,
    amount: 1,
  }));
  const session = await own.session("superuser");
  await session.query("begin");
  const answer = await createTransfers(own, ada, orders, {}, session);
  const { rows: written } = await session.query<{ relname: string; inserted: number }>(
    "select relname, n_tup_ins::int as inserted, n_tup_upd::int as updated from " +
      "pg_stat_xact_user_tables where relname in ('accounts', 'transfers') or relname like " +
      "'audit_events%' order by relname",
  );
  await session.query("commit");
  expect(codesOf(answer).filter((code) => code === null)).toHaveLength(400);
  expect(codesOf(answer).slice(400)).toEqual(
    Array.from({ length: 100 }, () => "insufficient_funds"),
  );
  const is_audit = ({ relname }: { relname: string }) => relname.startsWith("audit_events");
  expect(written.filter(is_audit).reduce((sum, { inserted }) => sum + inserted, 0)).toBe(500);
  expect(written.filter((row) => !is_audit(row))).toEqual([
    { relname: "accounts", inserted: 0, updated: 6 },
    { relname: "transfers", inserted: 500, updated: 0 },
  ]);
  for (const id of [hot, ...others]) {
    const history = await readHistory(own, id);
    expect(history).toEqual(recomputeHistory(history));
  }
  expect(await own.balances(hot, ...others)).toEqual([0, 80, 80, 80, 80, 80]);
  expect(await own.verify()).toEqual([]);
});

test("each item is audited with its outcome, in order", async () => {
  const { ada, a, b } = await createThree(bank);
  const actor = { ...ada, request_id: randomUUID() };
  const orders = [
    { from: a, to: b, amount: 1 },
    { from: a, to: b, amount: 1000 },
    { from: a, to: randomUUID(), amount: 1 },
  ];
  const { body } = await createTransfers(bank, actor, orders);
  const [posted, declined] = body.outcomes;
  const events = await bank.sql(
    "select action, outcome, code, target_type, target_id, actor_id " +
      "from bank.audit_events where request_id = $1 order by id",
    [actor.request_id],
  );
  const event = { action: "transfer.create", target_type: "transfer", actor_id: ada.user_id };
  expect(events).toEqual([
    { ...event, outcome: "success", code: null, target_id: posted.transfer.id },
    { ...event, outcome: "failure", code: "insufficient_funds", target_id: declined.transfer.id },
    { ...event, outcome: "failure", code: "not_found", target_type: "account", target_id: a },
  ]);
});

describe("atomic", () => {
  const refusals: readonly (readonly [
    name: string,
    bad: (three: { a: string; b: string }) => Order,
    code: string,
  ])[] = [
    ["insufficient_funds", ({ a, b }) => ({ from: a, to: b, amount: 1000 }), "insufficient_funds"],
    ["same_account", ({ a }) => ({ from: a, to: a, amount: 1 }), "same_account"],
    [
      "an account that does not exist",
      ({ a }) => ({ from: a, to: randomUUID(), amount: 1 }),
      "not_found",
    ],
  ];

  test.each([...refusals])(
    "one refusal, %s, and nothing at all is stored but the refusal",
    async (_n, bad, code) => {
      const { ada, a, b, c } = await createThree(bank);
      const actor = { ...ada, request_id: randomUUID() };
      const key = randomUUID();
      const before = [
        await readAccount(bank, a),
        await readAccount(bank, b),
        await readAccount(bank, c),
      ];
      const orders = [{ from: a, to: c, amount: 1 }, bad({ a, b }), { from: a, to: b, amount: 1 }];
      const answer = await createTransfers(bank, actor, orders, {
        p_idempotency_key: key,
        p_atomic: true,
      });
      expect(answer.code).toBe("batch_declined");
      const none = { status: "declined", transfer: null };
      expect(answer.body.outcomes).toEqual([
        { ...none, code: "batch_declined" },
        { ...none, code },
        { ...none, code: "batch_declined" },
      ]);
      expect(await bank.countTransfers(key)).toBe(0);
      expect([
        await readAccount(bank, a),
        await readAccount(bank, b),
        await readAccount(bank, c),
      ]).toEqual(before);
      const events = await bank.sql(
        "select action, outcome, code, detail from bank.audit_events where request_id = $1",
        [actor.request_id],
      );
      expect(events).toEqual([
        {
          action: "transfer.create",
          outcome: "failure",
          code: "batch_declined",
          detail: { refused: { "1": code } },
        },
      ]);
    },
  );

  test("the decline stays with the key for ever, for this request and no other", async () => {
    const { ada, a, b } = await createThree(bank);
    const orders = [
      { from: a, to: b, amount: 60 },
      { from: a, to: b, amount: 60 },
    ];
    const named = { p_idempotency_key: randomUUID(), p_atomic: true };
    const first = await createTransfers(bank, ada, orders, named);
    await bank.credit(a, 100);
    const again = await createTransfers(bank, ada, orders, named);
    expect(again).toEqual({ ...first, replayed: true });
    for (const other of [
      () => createTransfers(bank, ada, orders, { ...named, p_atomic: false }),
      () => createTransfers(bank, ada, orders.slice(1), named),
      () => bank.transfer(ada, { from: a, to: b, amount: 60, key: named.p_idempotency_key }),
    ])
      expect(await refusal(other())).toEqual({ code: "idempotency_key_reused" });
    expect(await bank.balances(a, b)).toEqual([200, 0]);
    expect((await createTransfers(bank, ada, orders, { p_atomic: true })).code).toBeNull();
    expect(await bank.balances(a, b)).toEqual([80, 120]);
  });
});

test("a frozen customer's items are declined, those of another in the same batch are not", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const [a, b] = [
    await bank.createAccount(ada, { balance: 5 }),
    await bank.createAccount(bob, { balance: 5 }),
  ];
  await setCustomerStatus(bank, ada.customer_id, "frozen");
  const answer = await createTransfers(bank, await bank.admin(), [
    { from: a, to: b, amount: 1 },
    { from: b, to: a, amount: 1 },
  ]);
  expect(codesOf(answer)).toEqual(["customer_frozen", null]);
  expect(await bank.balances(a, b)).toEqual([6, 4]);
});

test.each([
  [
    "ascending",
    ([a = "", b = "", c = ""]: string[]) => [
      [a, b],
      [b, c],
    ],
  ],
  [
    "descending",
    ([a = "", b = "", c = ""]: string[]) => [
      [c, b],
      [b, a],
    ],
  ],
  [
    "crossed",
    ([a = "", b = "", c = ""]: string[]) => [
      [b, c],
      [c, a],
      [a, b],
      [c, b],
    ],
  ],
] as const)("accounts named in %s order are found all the same", async (_name, pairs) => {
  const ada = await bank.createCustomer();
  const ids: string[] = [];
  while (ids.length < 3) ids.push(await bank.createAccount(ada, { balance: 10 }));
  const orders = pairs(ids.sort()).map(([from = "", to = ""]) => ({ from, to, amount: 3 }));
  const answer = await createTransfers(bank, ada, orders);
  expect(codesOf(answer)).toEqual(orders.map(() => null));
  const expected = ids.map((id) =>
    orders.reduce((sum, { from, to }) => sum + (to === id ? 3 : 0) - (from === id ? 3 : 0), 10),
  );
  expect(await bank.balances(...ids)).toEqual(expected);
});

test("a batch comes to what its transfers one by one come to", async () => {
  const amounts = [70, 40, 30, 90, 10, 60, 20, 80, 50, 100, 5, 95, 45, 33, 66, 7, 58, 21, 84, 12];
  const create = async (): Promise<{ customer: CustomerActor; ids: string[] }> => {
    const customer = await bank.createCustomer();
    const ids = [];
    for (const overdraft_limit of [0, 20, 0, 50])
      ids.push(await bank.createAccount(customer, { balance: 60, overdraft_limit }));
    return { customer, ids };
  };
  const [one, other] = [await create(), await create()];
  const ordersOf = (ids: readonly string[]): Order[] =>
    amounts.map((amount, index) => ({
      from: ids[(index * 3) % 4] ?? "",
      to: ids[(index * index + index + 1) % 4] ?? "",
      amount,
    }));
  const codes = codesOf(await createTransfers(bank, one.customer, ordersOf(one.ids)));
  const singly = [];
  for (const order of ordersOf(other.ids))
    singly.push((await bank.transfer(other.customer, order)).code);
  expect(codes).toEqual(singly);
  expect(new Set(codes)).toEqual(new Set([null, "insufficient_funds", "same_account"]));
  expect(await bank.balances(...one.ids)).toEqual(await bank.balances(...other.ids));
});
