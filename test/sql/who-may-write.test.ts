import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank, type Actor, type Answer, type CustomerActor } from "../harness/bank.ts";
import { captureHold, releaseHold } from "./holds.ts";
import { createTransfers } from "./operations.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();

interface World {
  readonly from: string;
  readonly to: string;
  readonly hold_id: string;
}

const writes: readonly (readonly [
  name: string,
  write: (actor: Actor, world: World) => Promise<Answer>,
])[] = [
  ["a transfer", (actor, { from, to }) => bank.transfer(actor, { from, to, amount: 1 })],
  ["a batch", (actor, { from, to }) => createTransfers(bank, actor, [{ from, to, amount: 1 }])],
  ["a hold", (actor, { from, to }) => bank.createHold(actor, { from, to, amount: 1 })],
  ["a capture", (actor, { hold_id }) => captureHold(bank, actor, hold_id)],
  ["a release", (actor, { hold_id }) => releaseHold(bank, actor, hold_id)],
];

/** What a token may still say of a user of whom the database says otherwise. */
const untrue: readonly (readonly [what: string, change: (ada: CustomerActor) => Promise<Actor>])[] =
  [
    [
      "who is disabled",
      async (ada) => {
        await bank.sql("select bank_internal.disable_user($1)", [ada.email]);
        return ada;
      },
    ],
    ["who is no admin", async (ada) => ({ ...ada, role: "admin" }) as unknown as Actor],
    [
      "of another customer",
      async (ada) => ({ ...ada, user_id: (await bank.createCustomer()).user_id }),
    ],
    ["who is not there", async (ada) => ({ ...ada, user_id: randomUUID() })],
  ];

describe.each(untrue)("a user %s", (_what, change) => {
  test.each(writes)("is refused %s, and nothing happens", async (_name, write) => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 100 }),
      await bank.createAccount(ada),
    ];
    const { body: hold } = await bank.createHold(ada, { from, to, amount: 10 });
    const actor = await change(ada);
    expect(await refusal(write(actor, { from, to, hold_id: hold.id }))).toEqual({
      code: "unauthenticated",
    });
    expect(await bank.balances(from, to)).toEqual([100, 0]);
    const holds = await bank.sql("select id, status from bank.holds where debit_account_id = $1", [
      from,
    ]);
    expect(holds).toEqual([{ id: hold.id, status: "active" }]);
  });
});

test("the users of one customer share their keys", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const second = { ...ada, user_id: randomUUID(), email: `second-${randomUUID()}@edgebank.test` };
  await bank.sql(
    "insert into bank.users (id, email, password_hash, role, customer_id, created_at) " +
      "values ($1, $2, 'x', 'customer', $3, now())",
    [second.user_id, second.email, ada.customer_id],
  );
  const order = { from, to, amount: 10, key: randomUUID() };
  const first = await bank.transfer(ada, order);
  expect(await bank.transfer(second, order)).toMatchObject({ replayed: true, text: first.text });
  expect(await bank.balances(from, to)).toEqual([90, 10]);
});

test("a hold is answered again as it was made, whatever became of it", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const order = { from, to, amount: 10, key: randomUUID() };
  const first = await bank.createHold(ada, order);
  await captureHold(bank, ada, first.body.id, { amount: 4 });
  expect(await bank.createHold(ada, order)).toMatchObject({ replayed: true, text: first.text });
});
