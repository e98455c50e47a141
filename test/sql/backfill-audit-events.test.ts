import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";

const createBank = ownBanks();

/**
 * A bank whose back-filling sees what has just been made: otherwise it leaves the last hour to the
 * queue.
 */
async function createImpatientBank(): Promise<Bank> {
  const bank = await createBank();
  const body = await bank.value<string>(
    "select prosrc from pg_proc where proname = 'backfill_audit_events' " +
      "and pronamespace = 'bank'::regnamespace",
  );
  await bank.sql(
    `create or replace function bank.backfill_audit_events(p_limit integer default 10000)
       returns bank.answer
       language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
     as $impatient$${body.replace("interval '1 hour'", "interval '-1 hour'")}$impatient$`,
  );
  return bank;
}

const backfill = async (bank: Bank, p_limit?: number) =>
  (await bank.call("backfill_audit_events", { p_limit })).body;

/** The audit table takes nothing while this runs. */
async function withoutAudit<Result>(bank: Bank, run: () => Promise<Result>): Promise<Result> {
  await bank.sql("alter table bank.audit_events add constraint nothing check (false) not valid");
  const result = await run();
  await bank.sql("alter table bank.audit_events drop constraint nothing");
  return result;
}

test("every kind of transfer, posted or declined, gets the event that it lacks, marked as made afterwards", async () => {
  const bank = await createImpatientBank();
  const ada = await bank.createCustomer();
  const from = await bank.createAccount(ada, { balance: 100 });
  const to = await bank.createAccount(ada);
  const admin = await bank.admin();
  const moved = async () => {
    const posted = await bank.transfer(ada, { from, to, amount: 5 });
    const declined = await bank.transfer(ada, { from, to, amount: 5_000 });
    const credit = await bank.credit(from, 1);
    const debit = await bank.debit(from, 1);
    const hold = await bank.call("create_hold", {
      p_actor: ada,
      p_idempotency_key: randomUUID(),
      p_debit_account_id: from,
      p_credit_account_id: to,
      p_amount: 3,
    });
    const capture = await bank.call("capture_hold", {
      p_actor: ada,
      p_idempotency_key: randomUUID(),
      p_hold_id: hold.body.id,
    });
    const reversal = await bank.call("reverse_transfer", {
      p_actor: admin,
      p_idempotency_key: randomUUID(),
      p_transfer_id: posted.body.id,
    });
    return { posted, declined, credit, debit, capture, reversal };
  };
  // The events that the ledger itself makes say what those made afterwards must say.
  const known = await moved();
  const lost = await withoutAudit(bank, moved);
  expect(await backfill(bank)).toMatchObject({ backfilled: 6 });
  expect(await backfill(bank)).toEqual({ scanned: 0, backfilled: 0 });
  const eventOf = async (id: string) =>
    (await bank.sql("select * from bank.audit_events where id = $1", [id]))[0] ?? {};
  for (const kind of ["posted", "declined", "credit", "debit", "capture", "reversal"] as const) {
    const id: string = lost[kind].body.id ?? lost[kind].body.transfer_id;
    const original = await eventOf(known[kind].body.id ?? known[kind].body.transfer_id);
    const event = await eventOf(id);
    const { actor_id, actor_role, action, outcome, code, target_type } = original;
    expect(event).toMatchObject({ actor_id, actor_role, action, outcome, code, target_type });
    expect(event["detail"]).toMatchObject({ backfilled: true });
    expect(event["request_id"]).toBeNull();
    const is_own_target = original["target_id"] === original["id"];
    expect(event["target_id"] === event["id"]).toBe(is_own_target);
    if (!is_own_target) expect(event["detail"]).toMatchObject({ transfer_id: id });
  }
  expect(
    await bank.sql("select from bank.transfers where id not in (select id from bank.audit_events)"),
  ).toEqual([]);
});

test("a call looks at a bounded number of transfers, and the next one goes on there", async () => {
  const bank = await createImpatientBank();
  const ada = await bank.createCustomer();
  const from = await bank.createAccount(ada, { balance: 100 });
  const to = await bank.createAccount(ada);
  await withoutAudit(bank, async () => {
    for (let count = 0; count < 7; count += 1) await bank.transfer(ada, { from, to, amount: 1 });
  });
  const found = [];
  for (let call = 0; call < 4; call += 1) found.push(await backfill(bank, 3));
  expect(found.map(({ scanned }) => scanned)).toEqual([3, 3, 2, 0]);
  expect(found.reduce((sum, { backfilled }) => sum + backfilled, 0)).toBe(7);
});

test("what the queue may still bring is left to it, and a month that was archived is not made again", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const from = await bank.createAccount(ada, { balance: 100 });
  const to = await bank.createAccount(ada);
  await withoutAudit(bank, () => bank.transfer(ada, { from, to, amount: 1 }));
  expect(await backfill(bank)).toEqual({ scanned: 0, backfilled: 0 });

  const impatient = await createImpatientBank();
  const eve = await impatient.createCustomer();
  const account_id = await impatient.createAccount(eve, { balance: 100 });
  const other_id = await impatient.createAccount(eve);
  await withoutAudit(impatient, () =>
    impatient.transfer(eve, { from: account_id, to: other_id, amount: 1 }),
  );
  await impatient.sql(
    "insert into bank.archived_audit_months (month) " +
      "select date_trunc('month', clock_timestamp() at time zone 'UTC')",
  );
  expect(await backfill(impatient)).toEqual({ scanned: 2, backfilled: 0 });
});

test("an event that comes after it was made again is the same event", async () => {
  const bank = await createImpatientBank();
  const ada = await bank.createCustomer();
  const from = await bank.createAccount(ada, { balance: 100 });
  const to = await bank.createAccount(ada);
  const { unstored_audit_events } = await withoutAudit(bank, () =>
    bank.transfer(ada, { from, to, amount: 1 }),
  );
  expect(await backfill(bank)).toMatchObject({ backfilled: 1 });
  await bank.call("store_audit_events", { p_events: unstored_audit_events });
  const id = unstored_audit_events?.[0]?.["id"];
  expect(await bank.sql("select detail from bank.audit_events where id = $1", [id])).toEqual([
    { detail: { backfilled: true } },
  ]);
});
