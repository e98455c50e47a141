import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { sqlState } from "./refusals.ts";

const bank = sharedBank();
const createBank = ownBanks();

function eventOf(target_id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: randomUUID(),
    created_at: "2026-10-24T12:00:00.000001Z",
    actor_id: randomUUID(),
    actor_role: "customer",
    action: "transfer.create",
    outcome: "failure",
    code: "insufficient_funds",
    target_type: "transfer",
    target_id,
    request_id: "late",
    ip: "192.0.2.1",
    detail: { by: "test" },
    ...more,
  };
}

async function storedFor(target_id: string): Promise<unknown> {
  return (
    await bank.call("list_audit_events", { p_actor: await bank.admin(), p_target_id: target_id })
  ).body;
}

test("an event is stored whole, and once however often it comes", async () => {
  const target_id = randomUUID();
  const event = eventOf(target_id);
  await bank.call("store_audit_events", { p_events: [event, event] });
  await bank.call("store_audit_events", { p_events: [event] });
  expect(await storedFor(target_id)).toEqual([event]);
});

test("a stored event is never changed by another with the same id", async () => {
  const target_id = randomUUID();
  const event = eventOf(target_id);
  await bank.call("store_audit_events", { p_events: [event] });
  await bank.call("store_audit_events", {
    p_events: [{ ...event, outcome: "success", code: null }],
  });
  expect(await storedFor(target_id)).toEqual([event]);
});

test("an event without an actor is stored", async () => {
  const target_id = randomUUID();
  const event = eventOf(target_id, {
    actor_id: null,
    actor_role: null,
    request_id: null,
    ip: null,
  });
  await bank.call("store_audit_events", { p_events: [event] });
  expect(await storedFor(target_id)).toEqual([event]);
});

test("one event that does not fit refuses all of them, so that the queue keeps them", async () => {
  const target_id = randomUUID();
  const events = [eventOf(target_id), eventOf(target_id, { outcome: null })];
  expect(await sqlState(bank.call("store_audit_events", { p_events: events }))).toBe("23502");
  expect(await storedFor(target_id)).toEqual([]);
});

test("a table that is still locked is an error, so that the queue tries again", async () => {
  const own = await createBank();
  const holder = await own.session("superuser");
  await holder.query("begin; lock table bank.audit_events in access exclusive mode");
  const call = own.call("store_audit_events", { p_events: [eventOf(randomUUID())] });
  expect(await sqlState(call)).toBe("55P03");
  await holder.query("rollback");
});
