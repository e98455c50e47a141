import type { Client } from "pg";
import { describe, expect, test } from "vitest";
import type { Answer, Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { createTransfers } from "./operations.ts";

const createBank = ownBanks();

const failing = (body: string, language = "plpgsql"): string =>
  `create function public.fail() returns trigger language ${language} as $$ begin ${body} end $$;`;

/** PostgreSQL 15 to 17 add no such constraint to a partitioned table, but do to its partitions. */
const onEachPartition = (change: string): string =>
  `do $$ declare v_partition regclass; begin
     for v_partition in
       select inhrelid from pg_inherits where inhparent = 'bank.audit_events'::regclass
     loop
       execute format('alter table %s ${change}', v_partition);
     end loop; end $$`;

/** Each breaks the audit table for good; the second statement mends it. */
const breaks: readonly (readonly [how: string, breaks: string, mends: string])[] = [
  [
    "dropped",
    "create table public.kept as table bank.audit_events; drop table bank.audit_events cascade",
    "create table bank.audit_events as table public.kept; alter table bank.audit_events " +
      "owner to bank_owner, add primary key (id)",
  ],
  [
    "renamed",
    "alter table bank.audit_events rename to elsewhere",
    "alter table bank.elsewhere rename to audit_events",
  ],
  [
    "missing a column",
    "alter table bank.audit_events drop column detail",
    "alter table bank.audit_events add column detail jsonb",
  ],
  [
    "not the owner's any more",
    "revoke insert on bank.audit_events from bank_owner",
    "grant insert on bank.audit_events to bank_owner",
  ],
  [
    "with a trigger that raises",
    `${failing("raise exception 'no';")} create trigger fail before insert on ` +
      "bank.audit_events for each row execute function public.fail()",
    "drop trigger fail on bank.audit_events",
  ],
  [
    "with a trigger that raises a code of the ledger",
    `${failing("raise exception using errcode = 'EBANK', detail = '{}';")} create trigger ` +
      "fail before insert on bank.audit_events for each row execute function public.fail()",
    "drop trigger fail on bank.audit_events",
  ],
  [
    "with a trigger that fails an assertion",
    `${failing("assert false; return new;")} create trigger fail before insert on ` +
      "bank.audit_events for each row execute function public.fail()",
    "drop trigger fail on bank.audit_events",
  ],
  [
    "with a trigger that cancels the query",
    `${failing("raise exception using errcode = 'query_canceled';")} create trigger fail ` +
      "before insert on bank.audit_events for each row execute function public.fail()",
    "drop trigger fail on bank.audit_events",
  ],
  [
    "with a trigger that fails after the statement",
    `${failing("raise exception 'no';")} create trigger fail after insert on ` +
      "bank.audit_events for each statement execute function public.fail()",
    "drop trigger fail on bank.audit_events",
  ],
  [
    "with a deferred constraint trigger",
    `${failing("raise exception 'no';")} create constraint trigger fail after insert on ` +
      "bank.audit_events deferrable initially deferred for each row " +
      "execute function public.fail()",
    "drop trigger fail on bank.audit_events",
  ],
  [
    "with a deferred foreign key",
    onEachPartition(
      "add constraint fail foreign key (target_id) references bank.customers deferrable " +
        "initially deferred not valid",
    ),
    onEachPartition("drop constraint fail"),
  ],
  [
    "without the note of its last lock",
    "alter sequence bank_internal.audit_locked_at_ms rename to elsewhere",
    "alter sequence bank_internal.elsewhere rename to audit_locked_at_ms",
  ],
  [
    "with a check constraint",
    "alter table bank.audit_events add constraint fail check (false) not valid",
    "alter table bank.audit_events drop constraint fail",
  ],
  [
    "with a value that does not fit",
    "alter table bank.audit_events add constraint fail check (request_id is null) not valid",
    "alter table bank.audit_events drop constraint fail",
  ],
];

async function createPair(bank: Bank) {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100 }),
    to: await bank.createAccount(ada),
  };
}

/**
 * What the Worker does with the events that an answer brings back. It does it twice, because a
 * queue delivers at least once.
 */
async function storeLater(bank: Bank, answers: readonly Answer[]): Promise<void> {
  for (const { unstored_audit_events } of [...answers, ...answers])
    await bank.call("store_audit_events", { p_events: unstored_audit_events });
}

async function storedEvents(bank: Bank, id: unknown): Promise<unknown[]> {
  const rows = await bank.sql(
    `select to_jsonb(event) || jsonb_build_object(
              'created_at', bank_internal.timestamp_text(created_at)) as event
       from bank.audit_events as event where id = $1`,
    [id],
  );
  return rows.map(({ event }) => event);
}

function lockAuditTable(session: Client): Promise<unknown> {
  return session.query("begin; lock table bank.audit_events in access exclusive mode");
}

describe("no state of the audit table stops money, and no event is lost", () => {
  test.each([...breaks])("%s", async (_how, breaking, mending) => {
    const bank = await createBank();
    const { ada, from, to } = await createPair(bank);
    await bank.sql(breaking);
    const posted = await bank.transfer(ada, { from, to, amount: 100 });
    const declined = await bank.transfer(ada, { from, to, amount: 1 });
    expect(posted).toMatchObject({ code: null, body: { status: "posted" } });
    expect(declined.code).toBe("insufficient_funds");
    const batch = await createTransfers(bank, ada, [{ from: to, to: from, amount: 40 }]);
    expect(batch.code).toBeNull();
    expect(await bank.balances(from, to)).toEqual([40, 60]);
    const whole = {
      actor_id: ada.user_id,
      actor_role: "customer",
      action: "transfer.create",
      target_type: "transfer",
      request_id: "test",
      ip: "192.0.2.1",
    };
    expect(posted.unstored_audit_events).toMatchObject([
      { ...whole, outcome: "success", code: null, target_id: posted.body.id },
    ]);
    expect(declined.unstored_audit_events).toMatchObject([
      {
        ...whole,
        outcome: "failure",
        code: "insufficient_funds",
        target_id: declined.body.transfer_id,
      },
    ]);
    expect(batch.unstored_audit_events).toMatchObject([
      { ...whole, outcome: "success", code: null, target_id: batch.body.outcomes[0].transfer.id },
    ]);
    await bank.sql(mending);
    await storeLater(bank, [posted, declined, batch]);
    for (const { unstored_audit_events } of [posted, declined, batch])
      expect(await storedEvents(bank, unstored_audit_events?.[0]?.["id"])).toEqual(
        unstored_audit_events,
      );
    expect(await bank.verify()).toEqual([]);
  });
});

test("a locked audit table costs a bounded wait, and every operation goes on", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  const p_actor = await bank.admin();
  const holder = await bank.session("superuser");
  await lockAuditTable(holder);
  const operations: readonly (readonly [action: string, call: () => Promise<Answer>])[] = [
    ["transfer.create", () => bank.transfer(ada, { from, to, amount: 1 })],
    ["transfer.create", () => createTransfers(bank, ada, [{ from, to, amount: 1 }])],
    ["hold.create", () => bank.createHold(ada, { from, to, amount: 1 })],
    ["account.credit", () => bank.credit(from, 1)],
    ["account.debit", () => bank.debit(from, 1)],
    [
      "account.create",
      () =>
        bank.call("create_account", {
          p_actor,
          p_customer_id: ada.customer_id,
          p_currency: "USD",
          p_name: "Savings",
        }),
    ],
    [
      "account.update",
      () => bank.call("update_account", { p_actor, p_account_id: to, p_name: "Rent" }),
    ],
    [
      "customer.create",
      () =>
        bank.call("create_customer", {
          p_actor,
          p_name: "Bob",
          p_email: "bob@edgebank.test",
          p_password_hash: "x",
        }),
    ],
    [
      "customer.update",
      () =>
        bank.call("update_customer", { p_actor, p_customer_id: ada.customer_id, p_name: "Ada" }),
    ],
    ["login", () => bank.call("record_login", { p_actor: ada, p_succeeded: true })],
    [
      "access.refuse",
      () => bank.call("record_access_refusal", { p_actor: ada, p_code: "forbidden" }),
    ],
  ];
  const answers: Answer[] = [];
  for (const [action, call] of operations) {
    // Each tries the table, as if none had met the lock before.
    await bank.sql("select setval('bank_internal.audit_locked_at_ms', 1)");
    const began_at = performance.now();
    const answer = await call();
    expect(answer.code).toBeNull();
    expect(answer.unstored_audit_events).toMatchObject([{ action }]);
    // Were it the role's lock timeout that ended the wait, it would have been two seconds.
    expect(performance.now() - began_at).toBeLessThan(1_500);
    answers.push(answer);
  }
  expect(await bank.balances(from, to)).toEqual([98, 2]);
  await holder.query("rollback");
  await storeLater(bank, answers);
  for (const { unstored_audit_events } of answers)
    expect(await storedEvents(bank, unstored_audit_events?.[0]?.["id"])).toEqual(
      unstored_audit_events,
    );
});

test("150 callers on one pair of accounts all post while the audit table is locked, and every event is there later", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  await bank.credit(from, 100);
  const holder = await bank.session("superuser");
  await holder.query("begin; lock table bank.audit_events in share mode");
  const calls = Array.from({ length: 150 }, () => bank.transfer(ada, { from, to, amount: 1 }));
  const answers = await Promise.all(calls);
  await holder.query("rollback");
  expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 150 }, () => null));
  expect(await bank.balances(from, to)).toEqual([50, 150]);
  await storeLater(bank, answers);
  const stored = await bank.value(
    "select count(distinct id) = 150 and count(*) = 150 from bank.audit_events " +
      "where action = 'transfer.create'",
  );
  expect(stored).toBe(true);
  expect(await bank.verify()).toEqual([]);
});

test("storing an event does not change how long the call waits for anything else", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  const caller = await bank.session();
  await caller.query("begin");
  await bank.transfer(ada, { from, to, amount: 1, session: caller });
  await bank.call(
    "create_transfers",
    {
      p_actor: ada,
      p_idempotency_key: "batch",
      p_transfers: [{ debit_account_id: from, credit_account_id: to, amount: 1 }],
    },
    caller,
  );
  const { rows } = await caller.query("select current_setting('lock_timeout') as limit");
  await caller.query("commit");
  expect(rows).toEqual([{ limit: "2s" }]);
});

test("waiting for the audit table does not change how long the call waits for anything else", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  const [holder, caller] = [await bank.session("superuser"), await bank.session()];
  await lockAuditTable(holder);
  await caller.query("begin");
  await bank.transfer(ada, { from, to, amount: 1, session: caller });
  const { rows } = await caller.query("select current_setting('lock_timeout') as limit");
  await caller.query("commit");
  await holder.query("rollback");
  expect(rows).toEqual([{ limit: "2s" }]);
});

test("a replay brings no event back a second time", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  await bank.sql("alter table bank.audit_events rename to elsewhere");
  const order = { from, to, amount: 1, key: "replay" };
  expect((await bank.transfer(ada, order)).unstored_audit_events).toHaveLength(1);
  expect(await bank.transfer(ada, order)).toMatchObject({
    replayed: true,
    unstored_audit_events: null,
  });
});

test("the audit table has nothing that could fire after the block that catches its failures", async () => {
  const bank = await createBank();
  const constraints = await bank.sql(
    "select conname from pg_constraint where conrelid = 'bank.audit_events'::regclass " +
      "and (contype = 'f' or condeferrable)",
  );
  const triggers = await bank.sql(
    "select tgname from pg_trigger where tgrelid = 'bank.audit_events'::regclass " +
      "and tgtype & 4 <> 0",
  );
  expect([...constraints, ...triggers]).toEqual([]);
});
