import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";

const bank = sharedBank();
const createBank = ownBanks();

test("a refusal is an event that says who was refused what, and why", async () => {
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

test("a refusal of an unknown caller, without a target, is an event too", async () => {
  const request_id = randomUUID();
  await bank.call("record_access_refusal", { p_actor: { request_id }, p_code: "unauthenticated" });
  expect(
    await bank.sql("select * from bank.audit_events where request_id = $1", [request_id]),
  ).toMatchObject([
    {
      actor_id: null,
      action: "access.refuse",
      code: "unauthenticated",
      target_type: null,
      target_id: null,
    },
  ]);
});

test("the first refusal of a caller, code and target in a minute is an event, the others are one event later", async () => {
  const own = await createBank();
  const ada = await own.createCustomer();
  const [p_target_id, other] = [randomUUID(), randomUUID()];
  const refuse = (target_id: string) =>
    own.call("record_access_refusal", {
      p_actor: ada,
      p_code: "not_found",
      p_target_type: "account",
      p_target_id: target_id,
    });
  await refuse(p_target_id);
  // Whatever the clock says: all of it in a minute that is not past.
  await own.sql(
    "update bank.access_refusals " +
      "set minute = date_trunc('minute', clock_timestamp()) + interval '1 minute'",
  );
  for (let count = 0; count < 4; count += 1)
    await own.sql("update bank.access_refusals set count = count + 1 where target_id = $1", [
      p_target_id,
    ]);
  await refuse(other);
  expect(await own.auditEvents(p_target_id, "access.refuse")).toHaveLength(1);
  expect(await own.auditEvents(other, "access.refuse")).toHaveLength(1);
  await own.sql("update bank.access_refusals set minute = minute - interval '1 hour'");
  expect((await own.call("flush_access_refusals", {})).body).toEqual({ flushed: 2 });
  expect(await own.auditEvents(other, "access.refuse")).toHaveLength(1);
  const [first, repeated] = await own.auditEvents(p_target_id, "access.refuse");
  expect(repeated).toMatchObject({
    actor_id: ada.user_id,
    actor_role: "customer",
    code: "not_found",
    outcome: "failure",
    target_type: "account",
    detail: { repeated: 4 },
  });
  expect(first?.["request_id"]).toBe("test");
  expect(await own.sql("select from bank.access_refusals")).toEqual([]);
  expect((await own.call("flush_access_refusals", {})).body).toEqual({ flushed: 0 });
});

test("a thousand refusals within a minute are two rows at the most", async () => {
  const ada = await bank.createCustomer();
  const p_target_id = randomUUID();
  const named = { p_actor: ada, p_code: "not_found", p_target_type: "account", p_target_id };
  await Promise.all(Array.from({ length: 1_000 }, () => bank.call("record_access_refusal", named)));
  // Two, because the minute may have changed meanwhile.
  expect((await bank.auditEvents(p_target_id, "access.refuse")).length).toBeLessThanOrEqual(2);
  const counts = await bank.sql<{ count: number }>(
    "select count from bank.access_refusals where target_id = $1",
    [p_target_id],
  );
  expect(counts.length).toBeLessThanOrEqual(2);
  expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
});

test("a refusal that cannot be counted is an event", async () => {
  const own = await createBank();
  await own.sql("alter table bank.access_refusals rename to elsewhere");
  const ada = await own.createCustomer();
  const p_target_id = randomUUID();
  for (let count = 0; count < 2; count += 1)
    await own.call("record_access_refusal", {
      p_actor: ada,
      p_code: "not_found",
      p_target_type: "account",
      p_target_id,
    });
  expect(await own.auditEvents(p_target_id, "access.refuse")).toHaveLength(2);
});
