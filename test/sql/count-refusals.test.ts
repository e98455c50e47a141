import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createEventId } from "../../src/services/event-id.ts";
import { sharedBank, type Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";

const bank = sharedBank();
const createBank = ownBanks();

/**
 * Half a minute after the last full one, so that none of a test's refusals falls into another
 * minute.
 */
const within_a_minute = Math.floor(Date.now() / 60_000) * 60_000 - 30_000;

function refusalOf(target_id: string, at_ms = within_a_minute): Record<string, unknown> {
  return {
    id: createEventId(at_ms),
    created_at: new Date(at_ms).toISOString(),
    actor_id: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d",
    actor_role: "customer",
    action: "access.refuse",
    outcome: "failure",
    code: "not_found",
    target_type: "account",
    target_id,
    request_id: randomUUID(),
    ip: null,
    detail: {},
    may_be_counted: true,
  };
}

async function recorded(
  at: Bank,
  target_id: string,
): Promise<{ events: number; repeated: number; waiting: number }> {
  const [row] = await at.sql<{ events: number; repeated: number; waiting: number }>(
    `select count(*) filter (where not detail ? 'repeated')::integer as events,
            coalesce(sum((detail ->> 'repeated')::integer), 0)::integer as repeated,
            (select coalesce(sum(count), 0)::integer
               from bank.access_refusals where target_id = $1) as waiting
       from bank.audit_events where target_id = $1`,
    [target_id],
  );
  return row ?? { events: -1, repeated: -1, waiting: -1 };
}

test("of a thousand refusals in a minute one is an event and the others are counted, however they are delivered", async () => {
  const own = await createBank();
  const target_id = randomUUID();
  const refusals = Array.from({ length: 1_000 }, () => refusalOf(target_id));
  const batches = Array.from({ length: 10 }, (_, index) =>
    refusals.slice(index * 100, index * 100 + 100),
  ).reverse();
  // Each batch twice, several at once.
  await Promise.all(
    [...batches, ...batches].map((p_events) => own.call("store_audit_events", { p_events })),
  );
  await own.call("store_audit_events", {
    p_events: [...(batches[3] ?? []), ...(batches[3] ?? [])],
  });
  expect(await recorded(own, target_id)).toEqual({ events: 1, repeated: 0, waiting: 1_000 });
  await own.call("flush_access_refusals", {});
  expect(await recorded(own, target_id)).toEqual({ events: 1, repeated: 999, waiting: 0 });
  await own.call("store_audit_events", { p_events: refusals.slice(0, 100) });
  expect(await recorded(own, target_id)).toEqual({ events: 1, repeated: 999, waiting: 0 });
});

test("what comes an hour late is an event of its own, once", async () => {
  const target_id = randomUUID();
  const late = [1, 2].map(() => refusalOf(target_id, Date.now() - 2 * 3_600_000));
  for (let count = 0; count < 2; count += 1)
    await bank.call("store_audit_events", { p_events: late });
  expect(await recorded(bank, target_id)).toEqual({ events: 2, repeated: 0, waiting: 0 });
});

test("what was counted long ago is forgotten, and nothing else is", async () => {
  const own = await createBank();
  const target_id = randomUUID();
  await own.call("store_audit_events", { p_events: [refusalOf(target_id)] });
  await own.sql("insert into bank.counted_refusals (id) values ($1)", [
    createEventId(Date.now() - 3 * 3_600_000),
  ]);
  expect((await own.call("flush_access_refusals", {})).body).toEqual({ flushed: 2 });
  expect(await own.value("select count(*)::integer from bank.counted_refusals")).toBe(1);
});

test("other events of the same message are stored as they are", async () => {
  const [target_id, login_target] = [randomUUID(), randomUUID()];
  const login = {
    ...refusalOf(login_target),
    id: createEventId(Date.now()),
    action: "login",
    code: null,
    may_be_counted: false,
  };
  await bank.call("store_audit_events", {
    p_events: [refusalOf(target_id), login, refusalOf(target_id)],
  });
  expect(await bank.auditEvents(login_target, "login")).toHaveLength(1);
  expect(await recorded(bank, target_id)).toEqual({ events: 1, repeated: 0, waiting: 2 });
});

test("a refusal that the database has made itself, and its table did not take, is stored as it is", async () => {
  const target_id = randomUUID();
  await bank.call("store_audit_events", { p_events: [refusalOf(target_id)] });
  const made = { ...refusalOf(target_id), may_be_counted: undefined };
  await bank.call("store_audit_events", { p_events: [made] });
  expect(await recorded(bank, target_id)).toEqual({ events: 2, repeated: 0, waiting: 1 });
});
