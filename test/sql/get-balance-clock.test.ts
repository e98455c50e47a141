import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";

const bank = sharedBank();

test("without a time it is the balance now, also when the clock was set back behind the newest entry", async () => {
  const ada = await bank.createCustomer();
  const p_account_id = await bank.createAccount(ada, { balance: 7 });
  // The next entry is later than this, as it was before somebody set the clock back.
  await bank.sql("update bank.accounts set updated_at = now() + interval '1 day' where id = $1", [
    p_account_id,
  ]);
  const { created_at } = (await bank.credit(p_account_id, 5)).body;
  const { body } = await bank.call("get_balance", { p_actor: ada, p_account_id });
  expect(body).toMatchObject({ balance: 12, version: 2, at: created_at });
});

test.each(["from", "to"] as const)(
  "a transfer is later than all that the account it goes %s has seen, whatever the clock says",
  async (side) => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 7 }),
      await bank.createAccount(ada, { balance: 7 }),
    ];
    const ahead = side === "from" ? from : to;
    const [account] = await bank.sql<{ updated_at: Date }>(
      "update bank.accounts set updated_at = now() + interval '1 day' " +
        "where id = $1 returning updated_at",
      [ahead],
    );
    const { body } = await bank.transfer(ada, { from, to, amount: 5 });
    expect(Date.parse(body.created_at)).toBeGreaterThanOrEqual(
      account?.updated_at.getTime() ?? Infinity,
    );
    expect(await bank.verify()).toEqual([]);
  },
);
