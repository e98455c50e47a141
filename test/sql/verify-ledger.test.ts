import type { Client } from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { money_max, ownBanks, type Bank, type Violation } from "./bank.ts";
import { verifyInParts } from "./verification.ts";

const createBank = ownBanks();
let bank: Bank;
/** Rows to tamper with, by the names that the statements below call them. */
let rows: Record<string, string>;

/** A small ledger in which every kind of row stands, and which is healthy. */
beforeAll(async () => {
  bank = await createBank();
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const one = await bank.createAccount(ada, { balance: 1000, overdraft_limit: 50 });
  const other = await bank.createAccount(bob, { balance: 500, held: 40 });
  const euro = await bank.createAccount(bob, { currency: "EUR", balance: 5 });
  const idle = await bank.createAccount(bob);
  await bank.transfer(ada, { from: one, to: other, amount: 100 });
  const { body: middle } = await bank.transfer(bob, { from: other, to: one, amount: 30 });
  const { body: declined } = await bank.transfer(ada, { from: one, to: other, amount: 100_000 });
  const { body: credit } = await bank.credit(one, 70);
  const spent = await bank.createAccount(ada, { balance: 3 });
  const { body: spending } = await bank.transfer(ada, { from: spent, to: one, amount: 3 });
  const { body: last } = await bank.transfer(ada, { from: one, to: other, amount: 7 });
  rows = {
    spent,
    spending: spending.id,
    one,
    other,
    euro,
    idle,
    middle: middle.id,
    declined: declined.transfer_id,
    credit: credit.id,
    last: last.id,
    settlement: await bank.value("select id from bank.accounts where kind = 'internal' and currency = 'USD'"),
  };
  rows["middle_entry"] = await entryId(rows["middle"], one);
  rows["settlement_entry"] = await entryId(rows["credit"], rows["settlement"]);
});

function entryId(transfer_id: string | undefined, account_id: string | undefined): Promise<string> {
  return bank.value("select id from bank.entries where transfer_id = $1 and account_id = $2", [
    transfer_id,
    account_id,
  ]);
}

/** What the verification finds after a superuser has gone past every trigger; all of it is undone. */
async function violationsAfter(statements: string): Promise<Violation[]> {
  const session = await bank.session("superuser");
  await session.query("begin; set local session_replication_role = replica");
  await tamper(session, statements);
  const { rows: reports } = await session.query("select bank.verify_ledger() as report");
  const in_parts = await verifyInParts(bank, session, { p_limit: 3 });
  expect(in_parts.violations.map(nameOf).sort()).toEqual(reports[0].report.violations.map(nameOf).sort());
  await session.query("rollback");
  await session.end();
  return reports[0].report.violations;
}

function nameOf({ rule, subject, id }: Violation): string {
  return `${rule} of ${subject} ${String(id)}`;
}

async function tamper(session: Client, statements: string): Promise<void> {
  const named = statements.replaceAll(/:(\w+)/g, (_, name: string) => `'${rows[name] ?? `no row ${name}`}'`);
  for (const statement of named.split(";")) {
    const { rowCount } = await session.query(statement);
    if (rowCount === 0) throw new Error(`nothing was tampered with: ${statement}`);
  }
}

test("a healthy ledger is ok, and says how much was checked", async () => {
  expect(await bank.value("select bank.verify_ledger()")).toEqual({
    ok: true,
    checked: expect.objectContaining({ accounts: 8, transfers: 10, entries: 18, holds: 1 }),
    violations: [],
  });
});

/** One kind of tampering a row; the rules that must name the row called last. */
const tamperings: readonly (readonly [
  what: string,
  statements: string,
  row: string,
  rules: readonly string[],
])[] = [
  [
    "the amount of an entry",
    "update bank.entries set amount = amount + 1 where transfer_id = :middle and account_id = :one",
    "middle",
    ["transfer_entries"],
  ],
  [
    "the amounts of both entries",
    "update bank.entries set amount = amount * 2 where transfer_id = :middle",
    "middle",
    ["transfer_entries"],
  ],
  [
    "both entries and the transfer",
    "update bank.entries set amount = amount * 2 where transfer_id = :middle; update bank.transfers set amount = amount * 2 where id = :middle",
    "middle_entry",
    ["entry_balance_after", "entry_hash"],
  ],
  [
    "the newest running balance",
    "update bank.entries set balance_after = balance_after + 1 where transfer_id = :last and account_id = :one",
    "one",
    ["account_balance"],
  ],
  [
    "the hash of the newest entry",
    "update bank.entries set hash = sha256(hash) where transfer_id = :last and account_id = :one",
    "one",
    ["account_head_hash"],
  ],
  [
    "an entry deleted",
    "delete from bank.entries where transfer_id = :middle and account_id = :one",
    "middle",
    ["transfer_entries"],
  ],
  [
    "the newest entry deleted",
    "delete from bank.entries where transfer_id = :last and account_id = :one",
    "one",
    ["account_version", "account_balance"],
  ],
  [
    "the settlement account's entry deleted",
    "delete from bank.entries where transfer_id = :credit and account_id = :settlement",
    "credit",
    ["transfer_entries"],
  ],
  [
    "the settlement account's entry edited",
    "update bank.entries set amount = amount + 1 where transfer_id = :credit and account_id = :settlement",
    "credit",
    ["transfer_entries"],
  ],
  [
    "both entries of a transfer deleted",
    "delete from bank.entries where transfer_id = :last",
    "last",
    ["transfer_entries"],
  ],
  ["a posted transfer deleted", "delete from bank.transfers where id = :last", "last", ["transfer_entries"]],
  [
    "a transfer with its entries deleted",
    "delete from bank.transfers where id = :last; delete from bank.entries where transfer_id = :last",
    "one",
    ["account_version", "account_balance"],
  ],
  [
    "a transfer turned into a decline",
    "update bank.transfers set status = 'declined', code = 'insufficient_funds' where id = :middle",
    "middle",
    ["transfer_entries"],
  ],
  [
    "a decline turned into a posted transfer",
    "update bank.transfers set status = 'posted', code = null where id = :declined",
    "declined",
    ["transfer_entries"],
  ],
  [
    "the amount of a transfer",
    "update bank.transfers set amount = amount + 1 where id = :middle",
    "middle",
    ["transfer_entries"],
  ],
  [
    "the payee of a transfer",
    "update bank.transfers set credit_account_id = :idle where id = :middle",
    "middle",
    ["transfer_entries"],
  ],
  [
    "a transfer turned round",
    "update bank.transfers set debit_account_id = credit_account_id, credit_account_id = debit_account_id where id = :middle",
    "middle",
    ["transfer_entries"],
  ],
  [
    "an entry moved to another account",
    "update bank.entries set account_id = :idle where transfer_id = :last and account_id = :other",
    "idle",
    ["account_version", "account_balance"],
  ],
  [
    "an entry's and its transfer's payee",
    "update bank.entries set account_id = :idle where transfer_id = :last and account_id = :other; update bank.transfers set credit_account_id = :idle where id = :last",
    "other",
    ["account_version", "account_balance"],
  ],
  [
    "the balance of an account",
    "update bank.accounts set balance = balance + 1 where id = :one",
    "one",
    ["account_balance"],
  ],
  [
    "two balances, so that the sum holds",
    "update bank.accounts set balance = balance + 5 where id = :one; update bank.accounts set balance = balance - 5 where id = :other",
    "one",
    ["account_balance"],
  ],
  [
    "the version of an account",
    "update bank.accounts set version = version + 1 where id = :one",
    "one",
    ["account_version"],
  ],
  [
    "the newest hash of an account",
    "update bank.accounts set head_hash = sha256(head_hash) where id = :one",
    "one",
    ["account_head_hash"],
  ],
  ["what is held", "update bank.accounts set held = held - 1 where id = :other", "other", ["account_held"]],
  [
    "the amount of a hold",
    "update bank.holds set amount = amount + 1 where debit_account_id = :other",
    "other",
    ["account_held"],
  ],
  ["a hold deleted", "delete from bank.holds where debit_account_id = :other", "other", ["account_held"]],
  [
    "a hold released, the money still held",
    "update bank.holds set status = 'released' where debit_account_id = :other",
    "other",
    ["account_held"],
  ],
  ["money held without a hold", "update bank.accounts set held = 1 where id = :one", "one", ["account_held"]],
  ["an account deleted", "delete from bank.accounts where id = :one", "middle_entry", ["entry_account"]],
  [
    "the settlement account deleted",
    "delete from bank.accounts where id = :settlement",
    "settlement",
    ["entry_account"],
  ],
  [
    "an entry of an account's history made an internal one",
    "update bank.entries set balance_after = null, account_version = null, hash = null where transfer_id = :last and account_id = :one",
    "one",
    ["account_version", "entry_account"],
  ],
  [
    "a settlement entry given a version",
    "update bank.entries set balance_after = amount, account_version = 1, hash = sha256('') where transfer_id = :credit and account_id = :settlement",
    "settlement_entry",
    ["entry_account"],
  ],
  [
    "the currency of a transfer",
    "update bank.transfers set currency = 'EUR' where id = :middle",
    "middle",
    ["transfer_currency"],
  ],
  [
    "the currency of an account without money",
    "update bank.accounts set currency = 'EUR' where id = :spent",
    "spending",
    ["transfer_currency"],
  ],
  [
    "the time of a transfer",
    "update bank.transfers set created_at = created_at + interval '1 second' where id = :middle",
    "middle",
    ["transfer_entries"],
  ],
  [
    "the time of the settlement account's entry",
    "update bank.entries set created_at = created_at - interval '1 day' where id = :settlement_entry",
    "credit",
    ["transfer_entries"],
  ],
  [
    "the time from which on an account's next entry is dated",
    "update bank.accounts set last_entry_at = '2999-01-01' where id = :one",
    "one",
    ["account_last_entry_at"],
  ],
];

describe("a change behind the functions' back is found, with its rule and row", () => {
  test.each([...tamperings])("%s", async (_what, statements, row, rules) => {
    const violations = await violationsAfter(statements);
    expect(violations.filter(({ id }) => id === rows[row]).map(({ rule }) => rule)).toEqual(
      expect.arrayContaining([...rules]),
    );
  });
});

/** Tampering with an entry of a customer's history, which the entry itself shows. */
const entry_tamperings: readonly (readonly [what: string, change: string, rules: readonly string[]])[] = [
  ["its amount", "amount = amount + 1", ["entry_balance_after", "entry_hash"]],
  ["its running balance", "balance_after = balance_after + 1", ["entry_balance_after", "entry_hash"]],
  ["its hash", "hash = sha256(hash)", ["entry_hash"]],
  ["one bit of its hash", "hash = set_bit(hash, 7, 1 - get_bit(hash, 7))", ["entry_hash"]],
  ["its time, by a microsecond", "created_at = created_at + interval '1 microsecond'", ["entry_hash"]],
  [
    "its time, to before the entry before",
    "created_at = created_at - interval '1 day'",
    ["entry_hash", "entry_order"],
  ],
  ["its id", "id = gen_random_uuid()", ["entry_hash"]],
  ["its version", "account_version = account_version + 100", ["entry_version", "entry_hash"]],
];

describe("what was changed in an entry of a history is found in that entry", () => {
  test.each([...entry_tamperings])("%s", async (_what, change, rules) => {
    const violations = await violationsAfter(
      `update bank.entries set ${change} where transfer_id = :middle and account_id = :one`,
    );
    const id = change.startsWith("id =")
      ? violations.find(({ rule }) => rule === "entry_hash")?.id
      : rows["middle_entry"];
    const found = violations.filter((violation) => violation.id === id);
    expect(found.map(({ rule }) => rule)).toEqual(expect.arrayContaining([...rules]));
    for (const { expected, found: is } of found) expect(expected).not.toBe(is);
  });

  test("the versions of two entries swapped", async () => {
    const swap = `update bank.entries set account_version = case account_version when 2 then 1002 else 1003 end where account_id = :one and account_version in (2, 3);
      update bank.entries set account_version = case account_version when 1002 then 3 else 2 end where account_id = :one and account_version > 1000`;
    const rules = (await violationsAfter(swap)).map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(["entry_hash", "entry_balance_after", "entry_order"]));
  });

  test("an entry inserted with a hash that follows, and a balance that was made to fit", async () => {
    const forged = `insert into bank.entries
      select gen_random_uuid(), gen_random_uuid(), newest.account_id, 1000, newest.balance_after + 1000, newest.account_version + 1,
             bank_internal.entry_hash(newest.hash, newest.account_id, newest.account_version + 1, 1000, newest.balance_after + 1000, newest.transfer_id, newest.id, newest.created_at),
             newest.created_at
        from bank.entries as newest where account_id = :one order by account_version desc limit 1;
      update bank.accounts set balance = balance + 1000, version = version + 1,
             head_hash = (select hash from bank.entries where account_id = accounts.id order by account_version desc limit 1) where id = :one`;
    const rules = (await violationsAfter(forged)).map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(["entry_hash", "transfer_entries", "currency_sum"]));
  });

  test("money made: a forged transfer with one entry", async () => {
    const forged = `insert into bank.entries (id, transfer_id, account_id, amount, created_at) values (gen_random_uuid(), gen_random_uuid(), :settlement, 1000, now())`;
    const violations = await violationsAfter(forged);
    expect(violations.map(({ rule, subject }) => [rule, subject])).toEqual([
      ["transfer_entries", "transfer"],
      ["currency_sum", "currency USD"],
    ]);
  });
});

test("an account below its limit is found, should its constraint ever be gone", async () => {
  const constraints = await bank.sql<{ name: string }>(
    "select conname as name from pg_constraint where conrelid = 'bank.accounts'::regclass and contype = 'c' and conname like 'accounts_check%'",
  );
  const drops = constraints.map(({ name }) => `drop constraint ${name}`).join(", ");
  const violations = await violationsAfter(
    `alter table bank.accounts ${drops}; update bank.accounts set balance = -1 where id = :idle`,
  );
  expect(violations.filter(({ id }) => id === rows["idle"]).map(({ rule }) => rule)).toContain(
    "account_limit",
  );
});

test("two transfers with one key are found, should their constraint ever be gone", async () => {
  const violations = await violationsAfter(
    `alter table bank.transfers drop constraint transfers_idempotency_key_idempotency_scope_batch_index_key;
     update bank.transfers set (idempotency_scope, idempotency_key) = (select idempotency_scope, idempotency_key from bank.transfers where id = :credit) where id = :last`,
  );
  expect(violations.map(({ rule, found }) => [rule, found])).toEqual([
    ["idempotency_key", "2 transfers"],
    ["idempotency_key", "2 transfers"],
  ]);
  expect(violations.map(({ id }) => id).sort()).toEqual([rows["credit"], rows["last"]].sort());
});

test("reversals that take back more than was moved are found", async () => {
  const reversal = `insert into bank.transfers (id, kind, status, debit_account_id, credit_account_id, amount, currency, idempotency_scope, idempotency_key, reverses_transfer_id, created_by, created_at)
    select gen_random_uuid(), 'reversal', 'posted', credit_account_id, debit_account_id, amount + 1, currency, id, 'forged', id, created_by, created_at from bank.transfers where id = :middle`;
  const violations = await violationsAfter(reversal);
  expect(violations.filter(({ rule }) => rule === "reversal_sum").map(({ id }) => id)).toEqual([
    rows["middle"],
  ]);
});

test("sums beyond bigint are no error", async () => {
  const own = await createBank();
  const ada = await own.createCustomer();
  for (let count = 0; count < 3; count += 1) await own.createAccount(ada, { balance: money_max });
  expect(await own.verify()).toEqual([]);
});
