import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();

test("the owner and an admin see the hold, everybody else nothing", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const [from, to] = [await bank.createAccount(ada, { balance: 5 }), await bank.createAccount(bob)];
  const { body } = await bank.createHold(ada, { from, to, amount: 5 });
  const look = (p_actor: object, p_hold_id: string) =>
    bank.call("get_hold", { p_actor, p_hold_id });
  expect((await look(ada, body.id)).body).toEqual(body);
  expect((await look(await bank.admin(), body.id)).body).toEqual(body);
  expect(await failureFacts(look(bob, body.id))).toEqual(
    await failureFacts(look(bob, randomUUID())),
  );
  for (const actor of [{}, { user_id: randomUUID() }])
    expect(await refusal(look(actor, body.id))).toEqual({ code: "unauthenticated" });
});
