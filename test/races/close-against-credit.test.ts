import { describe, expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { expectHealthyLedger, repeat } from "./race.ts";

const bank = sharedBank();

async function close(
  p_account_id: string,
  session?: Awaited<ReturnType<typeof bank.session>>,
): Promise<string> {
  const p_actor = await bank.admin();
  const named = { p_actor, p_account_id, p_status: "closed" };
  return (await bank.call("update_account", named, session)).code ?? "closed";
}

/** The two ways it may end: with the close first, or with the credit first. */
const close_first = { closing: "closed", crediting: "account_closed", balance: 0 };
const credit_first = { closing: "account_not_empty", crediting: null, balance: 1 };

test("30 closes and credits at once: each account ends closed and empty, or open and credited", async () => {
  const ada = await bank.createCustomer();
  const account_ids = await Promise.all(repeat(30, () => bank.createAccount(ada)));
  const ends = await Promise.all(
    account_ids.map(async (account_id, index) => {
      const start = [
        () => close(account_id),
        async () => (await bank.credit(account_id, 1)).code,
      ] as const;
      if (index % 2 === 0) {
        const [closing, crediting] = await Promise.all([start[0](), start[1]()]);
        return { closing, crediting };
      }
      const [crediting, closing] = await Promise.all([start[1](), start[0]()]);
      return { closing, crediting };
    }),
  );
  const balances = await bank.balances(...account_ids);
  for (const [index, end] of ends.entries())
    expect([close_first, credit_first]).toContainEqual({ ...end, balance: balances[index] });
  await expectHealthyLedger(bank);
});

describe("of a close and a credit, the one that waits first is done, and the other is declined:", () => {
  test.each([
    ["the close", close_first],
    ["the credit", credit_first],
  ])("%s", async (first, end) => {
    const account_id = await bank.createAccount(await bank.createCustomer());
    const [holder, closer, creditor] = [
      await bank.session("superuser"),
      await bank.session(),
      await bank.session(),
    ];
    await holder.query("begin");
    await holder.query("select from bank.accounts where id = $1 for no key update", [account_id]);
    const named = {
      p_actor: await bank.admin(),
      p_idempotency_key: account_id,
      p_account_id: account_id,
      p_amount: 1,
    };
    const startClose = () => ({ session: closer, answer: close(account_id, closer) });
    const startCredit = () => ({
      session: creditor,
      answer: bank.call("credit_account", named, creditor),
    });
    const order = first === "the close" ? [startClose, startCredit] : [startCredit, startClose];
    const started: { session: typeof closer; answer: Promise<unknown> }[] = [];
    for (const start of order) {
      const one = start();
      started.push(one);
      await bank.untilBlocked(one.session);
    }
    await holder.query("commit");
    const answers = await Promise.all(started.map(({ answer }) => answer));
    const closing = answers.find((answer) => typeof answer === "string");
    const credited = answers.find((answer) => typeof answer !== "string") as {
      code: string | null;
    };
    const [balance] = await bank.balances(account_id);
    expect({ closing, crediting: credited.code, balance }).toEqual(end);
    await expectHealthyLedger(bank);
  });
});
