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
