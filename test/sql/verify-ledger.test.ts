import type { Client } from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { money_max, type Bank, type Violation } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { tamperings } from "./verification-tamperings.ts";
import { nameOf, tamper, verifyInParts, verifyWhole } from "./verification.ts";

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
    ada: ada.customer_id,
    middle: middle.id,
    declined: declined.transfer_id,
    credit: credit.id,
    last: last.id,
    hold: await bank.value("select id from bank.holds where debit_account_id = $1", [other]),
    settlement: await bank.value(
      "select id from bank.accounts where kind = 'internal' and currency = 'USD'",
    ),
  };
});

/**
 * What the verification finds after a superuser has gone past every trigger; all of it is undone.
 */
async function violationsAfter(statements: string): Promise<Violation[]> {
  const session: Client = await bank.session("superuser");
  await session.query("begin; set local session_replication_role = replica");
  await tamper(session, statements, rows);
  const violations = await verifyWhole(session);
  const in_parts = await verifyInParts(bank, session, { p_limit: 3 });
  // A sum over all accounts belongs to one moment: only the whole run has one.
  const names = violations.filter(({ rule }) => rule !== "currency_sum").map(nameOf);
  expect(in_parts.violations.map(nameOf).sort()).toEqual(names.sort());
  await session.query("rollback");
  await session.end();
  for (const { expected, found } of violations) expect(expected).not.toBe(found);
  return violations;
}

test("a healthy ledger is ok, and says how much was checked", async () => {
  expect(await bank.value("select bank.verify_ledger()")).toEqual({
    ok: true,
    checked: { accounts: 8, transfers: 10, entries: 13, holds: 1, internal_balances: 0 },
    violations: [],
  });
});

describe("a change behind the functions' back is found, with its rule and row", () => {
  test.each([...tamperings])("%s", async (_what, statements, row, rules) => {
    const id = row === "forged" ? "00000000-0000-4000-8000-000000000000" : rows[row];
    const found = (await violationsAfter(statements)).filter((violation) => violation.id === id);
    expect(found.map(({ rule }) => rule)).toEqual(expect.arrayContaining([...rules]));
  });

  test("the versions of two transfers swapped", async () => {
    const swap = `update bank.transfers set debit_version = 1000 where id = :last;
      update bank.transfers set credit_version = 6 where id = :spending;
      update bank.transfers set debit_version = 5 where id = :last`;
    const rules = (await violationsAfter(swap)).map(({ rule }) => rule);
    expect(rules).toEqual(
      expect.arrayContaining(["entry_hash", "entry_balance_after", "entry_order"]),
    );
  });

  test("two entries with one version, one debited and one credited", async () => {
    const violations = await violationsAfter(
      "update bank.transfers set credit_version = 6 where id = :spending",
    );
    expect(violations.filter(({ rule }) => rule === "entry_version")).not.toEqual([]);
  });

  test("money made: a credited leg that no account paid for", async () => {
    const forged =
      "update bank.transfers set debit_account_id = gen_random_uuid() where id = :credit";
    const rules = (await violationsAfter(forged)).map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(["transfer_accounts", "currency_sum"]));
  });
});

test("an account below its limit is found, should its constraint ever be gone", async () => {
  const violations = await violationsAfter(
    "alter table bank.accounts drop constraint accounts_overdraft; update bank.accounts " +
      "set balance = -1 where id = :idle",
  );
  expect(violations.filter(({ id }) => id === rows["idle"]).map(({ rule }) => rule)).toContain(
    "account_limit",
  );
});

test("two transfers with one key are found, should their index ever be gone", async () => {
  const violations = await violationsAfter(
    `drop index bank.transfers_idempotency_key;
     update bank.transfers
        set (idempotency_scope, idempotency_key) = (
              select idempotency_scope, idempotency_key from bank.transfers where id = :credit)
      where id = :last`,
  );
  expect(violations.map(({ rule, id, found }) => [rule, id, found]).sort()).toEqual(
    [
      ["idempotency_key", rows["credit"], `another one, ${rows["last"] ?? ""}`],
      ["idempotency_key", rows["last"], `another one, ${rows["credit"] ?? ""}`],
    ].sort(),
  );
});

test("reversals that take back more than was moved are found", async () => {
  const reversal = `insert into bank.transfers (
      id, kind, status, debit_account_id, credit_account_id, amount, currency, metadata,
      idempotency_scope, idempotency_key, batch_index, request_hash, reverses_transfer_id,
      created_by, created_at)
    select gen_random_uuid(), 'reversal', 'posted', credit_account_id, debit_account_id,
           amount + 1, currency, '{}', id, 'forged', 0, sha256(''), id, created_by, created_at
      from bank.transfers where id = :middle`;
  const violations = await violationsAfter(reversal);
  expect(violations.filter(({ rule }) => rule === "reversal_sum").map(({ id }) => id)).toEqual([
    rows["middle"],
  ]);
});

describe("a checkpoint of an internal account is the one before it and the entries between:", () => {
  const checkpoint = (at: string, added: number): string =>
    `insert into bank.internal_balances (account_id, counted_until, settled_at_xid, balance)
     select :settlement, made_at, pg_current_xact_id(), ${String(added)} + coalesce((
              select sum(amount) from bank.entries
               where account_id = :settlement and created_at <= made_at), 0)
       from (select created_at + interval '${at}' as made_at
               from bank.transfers where id = :credit) as made`;

  test("right ones are no violations, nor is one that does not count yet", async () => {
    const unsettled =
      "insert into bank.internal_balances (account_id, counted_until, settled_at_xid) " +
      "values (:settlement, '2100-01-01', pg_current_xact_id())";
    const right = ["-1 microsecond", "0", "1 hour"].map((at) => checkpoint(at, 0));
    expect(await violationsAfter([...right, unsettled].join(";"))).toEqual([]);
  });

  test("a wrong one is found, and one whose entries were changed", async () => {
    for (const statements of [
      `${checkpoint("-1 microsecond", 0)}; ${checkpoint("0", 1)}`,
      `${checkpoint("-1 microsecond", 0)}; ${checkpoint("0", 0)}; update bank.transfers set ` +
        "amount = amount + 1 where id = :credit",
    ]) {
      const found = (await violationsAfter(statements)).filter(
        ({ rule }) => rule === "internal_balance",
      );
      expect(found.map(({ id }) => id)).toEqual([rows["settlement"]]);
    }
  });
});

test("sums beyond bigint are no error", async () => {
  const own = await createBank();
  const ada = await own.createCustomer();
  for (let count = 0; count < 3; count += 1) await own.createAccount(ada, { balance: money_max });
  expect(await own.verify()).toEqual([]);
});
