import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "./bank.ts";

const bank = sharedBank();

test("who was refused what, and why", async () => {
  const ada = await bank.createCustomer();
  const p_target_id = randomUUID();
  await bank.call("record_access_refusal", {
    p_actor: ada,
    p_code: "not_found",
    p_target_type: "account",
    p_target_id,
  });
  expect(await bank.auditEvents(p_target_id, "access.refuse")).toMatchObject([
    {
      actor_id: ada.user_id,
      outcome: "failure",
      code: "not_found",
      target_type: "account",
      request_id: "test",
    },
  ]);
});

test("nobody, refused something without a name", async () => {
  const request_id = randomUUID();
  await bank.call("record_access_refusal", { p_actor: { request_id }, p_code: "unauthenticated" });
  expect(await bank.sql("select * from bank.audit_events where request_id = $1", [request_id])).toMatchObject(
    [
      {
        actor_id: null,
        action: "access.refuse",
        code: "unauthenticated",
        target_type: null,
        target_id: null,
      },
    ],
  );
});
