import { describe, expect, test } from "vitest";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { sqlState } from "./refusals.ts";

const createBank = ownBanks();
const restrict_violation = "23001";
let shared: Promise<Bank> | undefined;

/** A bank with a row in every table that only grows. */
function createHistory(): Promise<Bank> {
  shared ??= createBank().then(async (bank) => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { balance: 5 }),
      await bank.createAccount(ada),
    ];
    await bank.createHold(ada, { from, to, amount: 1 });
    await bank.transfer(ada, { from, to, amount: 4 });
    return bank;
  });
  return shared;
}

const changes: readonly (readonly [table: string, statements: readonly string[]])[] = [
  [
    "transfers",
    [
      "update bank.transfers set amount = 1",
      "update bank.transfers set amount = amount where false",
      "delete from bank.transfers",
      "truncate bank.transfers cascade",
    ],
  ],
  [
    "audit_events",
    [
      "update bank.audit_events set outcome = 'success'",
      "delete from bank.audit_events",
      "truncate bank.audit_events",
      "delete from bank.audit_events_other",
      "truncate bank.audit_events_other",
    ],
  ],
  ["accounts", ["delete from bank.accounts", "truncate bank.accounts cascade"]],
  [
    "idempotency_keys",
    [
      "delete from bank.idempotency_keys",
      "truncate bank.idempotency_keys",
      "update bank.idempotency_keys set code = code",
      "update bank.idempotency_keys set changed = '{}', body = null",
      "update bank.idempotency_keys set body = null",
    ],
  ],
];

describe.each(["bank_owner", "the superuser"])("%s", (role) => {
  test.each(
    changes.flatMap(([table, statements]) =>
      statements.map((statement) => [statement, table] as const),
    ),
  )("is refused: %s", async (statement, table) => {
    const bank = await createHistory();
    const count =
      "select count(*)::int as count, md5(string_agg(found::text, '' " +
      `order by found::text)) as rows from bank.${table} as found`;
    const before = await bank.sql(count);
    const session = await bank.session("superuser");
    if (role === "bank_owner") await session.query("set role bank_owner");
    expect(await sqlState(session.query(statement))).toBe(restrict_violation);
    expect(await bank.sql(count)).toEqual(before);
    expect(before[0]?.["count"]).toBeGreaterThan(0);
    await session.end();
  });
});

test("a merge and an insert that updates are refused too", async () => {
  const bank = await createHistory();
  const statements = [
    "insert into bank.transfers select * from bank.transfers on conflict (id) do update " +
      "set amount = 1",
    "insert into bank.audit_events select * from bank.audit_events " +
      "on conflict (id) do update set outcome = 'success'",
    "merge into bank.transfers using bank.accounts on accounts.id = " +
      "debit_account_id when matched then delete",
  ];
  for (const statement of statements)
    expect(await sqlState(bank.sql(statement))).toBe(restrict_violation);
});
