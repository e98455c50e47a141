import type { Client } from "pg";
import { describe, expect, test } from "vitest";
import { sharedBank, type CustomerActor } from "../harness/bank.ts";
import { expectHealthyLedger, repeat } from "./race.ts";

const bank = sharedBank();

type Freeze = (customer: CustomerActor, account_id: string, session?: Client) => Promise<unknown>;

const freezes: readonly (readonly [what: string, freeze: Freeze, code: string])[] = [
  [
    "an account",
    async (_customer, p_account_id, session) =>
      bank.call(
        "update_account",
        { p_actor: await bank.admin(), p_account_id, p_status: "frozen" },
        session,
      ),
    "account_frozen",
  ],
  [
    "a customer",
    async ({ customer_id: p_customer_id }, _account_id, session) =>
      bank.call(
        "update_customer",
        { p_actor: await bank.admin(), p_customer_id, p_status: "frozen" },
        session,
      ),
    "customer_frozen",
  ],
];

async function createPair() {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100_000 }),
    to: await bank.createAccount(ada),
  };
}

describe.each([...freezes])("the freeze of %s", (_what, freeze, code) => {
  test("stops every debit: after the freeze has answered, none posts", async () => {
    const { ada, from, to } = await createPair();
    const debits = repeat(10, () => spendUntilDeclined(ada, from, to));
    await bank.transfer(ada, { from, to, amount: 1 });
    await freeze(ada, from);
    const at_the_answer = await bank.balances(from, to);
    expect(await Promise.all(debits)).toEqual(repeat(10, () => code));
    expect(await bank.balances(from, to)).toEqual(at_the_answer);
    await expectHealthyLedger(bank);
  });

  test("waits for the debit that is under way, and a debit that waits for the freeze is declined", async () => {
    const { ada, from, to } = await createPair();
    const [early, freezer, late] = [
      await bank.session(),
      await bank.session(),
      await bank.session(),
    ];
    await early.query("begin");
    expect((await bank.transfer(ada, { from, to, amount: 1, session: early })).code).toBeNull();
    const freezing = freeze(ada, from, freezer);
    await bank.untilBlocked(freezer);
    const debiting = bank.transfer(ada, { from, to, amount: 1, session: late });
    await bank.untilBlocked(late);
    await early.query("commit");
    await freezing;
    expect((await debiting).code).toBe(code);
    expect(await bank.balances(from, to)).toEqual([99_999, 1]);
    await expectHealthyLedger(bank);
  });
});

test("an account that is opened while its customer is being frozen is frozen too", async () => {
  const { ada, from } = await createPair();
  const to = await bank.createAccount(await bank.createCustomer());
  const [holder, freezer, opener, debitor] = [
    await bank.session("superuser"),
    await bank.session(),
    await bank.session(),
    await bank.session(),
  ];
  const p_actor = await bank.admin();
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for no key update", [from]);
  const freezing = bank.call(
    "update_customer",
    { p_actor, p_customer_id: ada.customer_id, p_status: "frozen" },
    freezer,
  );
  await bank.untilBlocked(freezer);
  const opening = bank.call(
    "create_account",
    {
      p_actor,
      p_customer_id: ada.customer_id,
      p_currency: "USD",
      p_name: "New",
      p_overdraft_limit: 10,
    },
    opener,
  );
  // Either the opening waits for the freeze, or it is over before, and then so may be a debit's
  // beginning.
  await bank.untilBlocked(opener, opening);
  await debitor.query("begin");
  if (!(await bank.isBlocked(opener))) {
    const { body } = await opening;
    await bank.transfer(ada, { from: body.id, to, amount: 10, session: debitor });
  }
  await holder.query("commit");
  await bank.untilBlocked(freezer, freezing);
  const balances_at_the_answer = (await bank.isBlocked(freezer))
    ? undefined
    : await bank.balances(to);
  await debitor.query("commit");
  await freezing;
  expect(await bank.balances(to)).toEqual(balances_at_the_answer ?? (await bank.balances(to)));
  const account_id = (await opening).body.id;
  expect((await bank.transfer(ada, { from: account_id, to, amount: 1 })).code).toBe(
    "customer_frozen",
  );
  await expectHealthyLedger(bank);
});

/** Returns the code of the first decline. At most 1000 transfers. */
async function spendUntilDeclined(
  ada: CustomerActor,
  from: string,
  to: string,
): Promise<string | null> {
  for (let count = 0; count < 1000; count += 1) {
    const { code } = await bank.transfer(ada, { from, to, amount: 1 });
    if (code !== null) return code;
  }
  return null;
}
