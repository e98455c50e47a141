import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";

const bank = sharedBank();

test("a login granted and a login refused are events of the user", async () => {
  const ada = await bank.createCustomer();
  for (const p_succeeded of [true, false]) {
    const answer = await bank.call("record_login", { p_actor: ada, p_succeeded });
    expect(answer).toMatchObject({ code: null, text: null, unstored_audit_events: null });
  }
  const common = {
    actor_id: ada.user_id,
    target_type: "user",
    request_id: "test",
    ip: "192.0.2.1",
  };
  expect(await bank.auditEvents(ada.user_id, "login")).toMatchObject([
    { ...common, outcome: "success", code: null },
    { ...common, outcome: "failure", code: "invalid_credentials" },
  ]);
});

test("a login with an unknown email is an event without an actor", async () => {
  const request_id = randomUUID();
  const p_actor = { user_id: null, role: null, customer_id: null, request_id, ip: "192.0.2.1" };
  await bank.call("record_login", { p_actor, p_succeeded: false });
  expect(
    await bank.sql("select * from bank.audit_events where request_id = $1", [request_id]),
  ).toMatchObject([
    {
      actor_id: null,
      actor_role: null,
      target_id: null,
      action: "login",
      outcome: "failure",
      ip: "192.0.2.1",
    },
  ]);
});
