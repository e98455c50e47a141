import { randomUUID } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAuditBank, type AuditBank } from "./audit-bank.ts";
import { startOwnBank, type OwnBank } from "./own-bank.ts";

let bank: OwnBank;
let audit: AuditBank;

beforeAll(async () => {
  bank = await startOwnBank();
  audit = await startAuditBank(bank, path.join(bank.directory, "audit"));
}, 180_000);

afterAll(async () => {
  await audit.stop();
  await bank.stop();
});

/** The request ids of what must stand in the audit log, once each. */
const made: string[] = [];
let last_address = 0;

async function make(kind: "login" | "unseen" | "forbidden"): Promise<void> {
  const request_id = `${kind}-${randomUUID()}`;
  const headers = { "X-Request-Id": request_id, Authorization: `Bearer ${bank.token}` };
  made.push(request_id);
  if (kind === "login") {
    last_address += 1;
    const body = { email: `nobody-${randomUUID()}@edgebank.test`, password: "wrong horse battery" };
    const { status } = await audit.request(
      "POST",
      "/v1/auth/login",
      { "X-Request-Id": request_id, "CF-Connecting-IP": `198.51.100.${String(last_address)}` },
      body,
    );
    expect(status).toBe(401);
  } else if (kind === "unseen") {
    expect((await audit.request("GET", `/v1/accounts/${randomUUID()}`, headers)).status).toBe(404);
  } else {
    // Refused before anything is asked of the database. The path has an id, so that no two have one
    // target.
    expect((await audit.request("PATCH", `/v1/accounts/${randomUUID()}`, headers, {})).status).toBe(
      403,
    );
  }
}

const makeAll = (kind: Parameters<typeof make>[0], count: number): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, () => make(kind)));

/** Until nothing waits in the queue any more. */
async function deliverAll(): Promise<void> {
  for (let round = 0; round < 20 && audit.queue.waiting.length > 0; round += 1)
    await audit.deliver();
  expect(audit.queue.waiting).toEqual([]);
}

async function count(): Promise<{ made: number; stored: number; doubled: number; lost: number }> {
  const [row] = await bank.sql<{ stored: number; distinct: number; lost: number }>(
    `select count(*)::integer as stored, count(distinct request_id)::integer as distinct,
            (select count(*)::integer from unnest($1::text[]) as made (id)
              where id not in (
                select request_id from bank.audit_events where request_id is not null)) as lost
       from bank.audit_events where request_id = any ($1)`,
    [made],
  );
  const { stored = -1, distinct = -1, lost = -1 } = row ?? {};
  return { made: made.length, stored, doubled: stored - distinct, lost };
}

test("an audit event that is delivered twice and out of order is stored once", async () => {
  await Promise.all([makeAll("login", 10), makeAll("unseen", 40), makeAll("forbidden", 40)]);
  await expect.poll(() => audit.queue.waiting.length).toBe(90);
  await deliverAll();
  expect(await count()).toEqual({ made: 90, stored: 90, doubled: 0, lost: 0 });
});

test("when the queue takes nothing, audit events are stored directly, and no response waits for them", async () => {
  audit.queue.is_refusing = true;
  await Promise.all([makeAll("login", 5), makeAll("unseen", 20), makeAll("forbidden", 20)]);
  await expect.poll(async () => (await count()).lost, { timeout: 20_000 }).toBe(0);
  audit.queue.is_refusing = false;
  expect(audit.queue.waiting).toEqual([]);
  expect(audit.queue.refused).toBeGreaterThanOrEqual(45);
  expect(await count()).toEqual({ made: 135, stored: 135, doubled: 0, lost: 0 });
});

test("when the database is away while the consumer works, the messages are delivered again", async () => {
  await makeAll("unseen", 30);
  await expect.poll(() => audit.queue.waiting.length).toBe(30);
  bank.proxy.set("refuse");
  await makeAll("forbidden", 30);
  await expect.poll(() => audit.queue.waiting.length).toBe(60);
  expect(await audit.deliver()).toBe(0);
  bank.proxy.set("pass");
  await deliverAll();
  expect(await count()).toEqual({ made: 195, stored: 195, doubled: 0, lost: 0 });
});

test("when an answer of the database is lost after the commit, the messages are delivered again and change nothing", async () => {
  await makeAll("unseen", 30);
  await expect.poll(() => audit.queue.waiting.length).toBe(30);
  const lost_before = bank.proxy.lostAnswers();
  bank.proxy.set("lose_answer");
  expect(await audit.deliver()).toBe(0);
  bank.proxy.set("pass");
  expect(bank.proxy.lostAnswers()).toBeGreaterThan(lost_before);
  expect((await count()).lost).toBe(0);
  await deliverAll();
  expect(await count()).toEqual({ made: 225, stored: 225, doubled: 0, lost: 0 });
});

test("when the consumer ends in the middle of its call, the messages are delivered again", async () => {
  await Promise.all([makeAll("unseen", 20), makeAll("forbidden", 20)]);
  await expect.poll(() => audit.queue.waiting.length).toBe(40);
  const holder = await bank.connect();
  await holder.query("begin; lock table bank.audit_events in access exclusive mode");
  const delivery = audit.deliver().catch(() => "ended");
  await expect
    .poll(() =>
      bank.sql(
        "select from pg_stat_activity where usename = 'bank_api' and wait_event_type = 'Lock'",
      ),
    )
    .not.toEqual([]);
  await audit.crash();
  await holder.query("rollback");
  await holder.end();
  expect(await delivery).toBe("ended");
  expect(audit.queue.waiting).toHaveLength(40);
  await deliverAll();
  expect(await count()).toEqual({ made: 265, stored: 265, doubled: 0, lost: 0 });
});

test("a message that cannot be parsed does not stop the others from being stored, and is not acknowledged", async () => {
  await makeAll("forbidden", 10);
  await expect.poll(() => audit.queue.waiting.length).toBe(10);
  const unfit = JSON.stringify([
    {
      id: randomUUID(),
      created_at: "2026-01-01T00:00:00Z",
      action: "login",
      outcome: "success",
      actor_id: "nobody",
    },
  ]);
  for (const body of ["{", '"text"', '[{"id":"1"}]', unfit])
    audit.queue.waiting.push({ id: body, body, attempts: 0 });
  await audit.deliver();
  expect(audit.queue.waiting.map(({ id }) => id)).toEqual(["{", '"text"', '[{"id":"1"}]', unfit]);
  audit.queue.waiting.length = 0;
  expect(await count()).toEqual({ made: 275, stored: 275, doubled: 0, lost: 0 });
});

test("a table that is gone is not asked again for each message of a batch", async () => {
  await bank.sql("alter table bank.audit_events rename to elsewhere");
  await makeAll("forbidden", 14);
  await expect.poll(() => audit.queue.waiting.length).toBe(14);
  audit.refused.length = 0;
  expect(await audit.deliver()).toBe(0);
  await bank.sql("alter table bank.elsewhere rename to audit_events");
  // 14 messages and every third a second time, seven for each call.
  await expect.poll(() => audit.refused).toEqual([7, 7, 5]);
  await deliverAll();
  expect(await count()).toEqual({ made: 289, stored: 289, doubled: 0, lost: 0 });
});

test("without queue and database, the log has the whole audit event, and it can be stored from there", async () => {
  audit.queue.is_refusing = true;
  bank.proxy.set("refuse");
  await makeAll("forbidden", 15);
  await expect.poll(() => audit.undelivered.length, { timeout: 20_000 }).toBe(15);
  bank.proxy.set("pass");
  audit.queue.is_refusing = false;
  expect(await count()).toEqual({ made: 304, stored: 289, doubled: 0, lost: 15 });
  await bank.sql("select bank.store_audit_events($1)", [JSON.stringify(audit.undelivered)]);
  expect(await count()).toEqual({ made: 304, stored: 304, doubled: 0, lost: 0 });
  console.log(`audit pipeline: ${JSON.stringify(await count())}`);
});

test("of the refusals of one target in a minute the first is stored, and the others are counted, under the same faults", async () => {
  const target_id = randomUUID();
  const headers = { Authorization: `Bearer ${bank.token}` };
  for (let round = 0; round < 50; round += 1)
    await audit.request("GET", `/v1/accounts/${target_id}`, headers);
  await expect.poll(() => audit.queue.waiting.length).toBe(50);
  bank.proxy.set("lose_answer");
  await audit.deliver();
  bank.proxy.set("pass");
  await deliverAll();
  await bank.sql(
    "update bank.access_refusals set minute = minute - interval '2 minutes' where target_id = $1",
    [target_id],
  );
  expect(await audit.runCron("* * * * *")).toBe("ok");
  const [row] = await bank.sql<{ events: number; total: number }>(
    `select count(*) filter (where not detail ? 'repeated')::integer as events,
            sum(coalesce((detail ->> 'repeated')::integer, 1))::integer as total
       from bank.audit_events where target_id = $1`,
    [target_id],
  );
  // Two events at the most, because the minute may have changed meanwhile.
  expect(row?.events).toBeLessThanOrEqual(2);
  expect(row?.total).toBe(50);
});

test("audit events of transfers that are lost everywhere are made again from the ledger", async () => {
  await bank.sql("alter table bank.audit_events add constraint nothing check (false) not valid");
  audit.queue.is_refusing = true;
  const lost_before = audit.undelivered.length;
  const keys = Array.from({ length: 20 }, () => randomUUID());
  for (const [index, key] of keys.entries()) {
    const body = {
      debit_account_id: bank.alice_account_id,
      credit_account_id: bank.bob_account_id,
      amount: index % 4 === 0 ? 9_000_000_000 : 1,
    };
    const headers = { Authorization: `Bearer ${bank.token}`, "Idempotency-Key": key };
    const { status } = await audit.request("POST", "/v1/transfers", headers, body);
    expect(status).toBe(index % 4 === 0 ? 422 : 201);
  }
  await expect.poll(() => audit.undelivered.length - lost_before, { timeout: 20_000 }).toBe(20);
  await bank.sql("alter table bank.audit_events drop constraint nothing");
  audit.queue.is_refusing = false;
  const missing = () =>
    bank.sql("select from bank.transfers where id not in (select id from bank.audit_events)");
  expect(await missing()).toHaveLength(20);
  // The backfill job leaves out the last hour. Here it does not.
  await bank.sql(`do $$
    begin
      execute replace(
        pg_get_functiondef('bank.backfill_audit_events(integer)'::regprocedure),
        '1 hour', '-1 hour');
    end $$`);
  expect(await audit.runCron("* * * * *")).toBe("ok");
  expect(await missing()).toEqual([]);
  const marked = await bank.sql(
    "select from bank.audit_events where detail @> '{\"backfilled\": true}' " +
      "and action = 'transfer.create'",
  );
  expect(marked).toHaveLength(20);
});
