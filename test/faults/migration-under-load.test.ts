import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import { copyMigrations } from "../harness/scratch-database.ts";
import { startOwnBank, type OwnBank } from "./own-bank.ts";

const callers = 4;
const large_rows = 300_000;

let bank: OwnBank;

beforeAll(async () => {
  bank = await startOwnBank();
  // Declined transfers, because they need no entries, and a table is as large with them.
  await bank.sql(
    `insert into bank.transfers (
       id, kind, status, code, debit_account_id, credit_account_id, amount, currency, metadata,
       idempotency_scope, idempotency_key, batch_index, request_hash, created_by, created_at)
     select bank_internal.id_at('2026-01-01T00:00:00Z'::timestamptz + row * interval '1 second'),
            'transfer', 'declined', 'insufficient_funds', $1, $2, 1, 'USD', '{}', $1,
            'old-' || row, 0, sha256(''), $1,
            '2026-01-01T00:00:00Z'::timestamptz + row * interval '1 second'
       from generate_series(1, ${String(large_rows)}) as row`,
    [bank.alice_account_id, bank.bob_account_id],
  );
}, 120_000);

afterAll(() => bank.stop());

interface Load {
  made: number;
  readonly failed: string[];
}

/** Transfers, statements and balances, as fast as they are answered, until it is over. */
async function underLoad(run: (load: Load) => Promise<void>): Promise<Load> {
  const load: Load = { made: 0, failed: [] };
  let is_over = false;
  const account = `/v1/accounts/${bank.alice_account_id}`;
  const requests = [
    () => bank.transfer(randomUUID()),
    () => bank.request("GET", `${account}/entries`),
    () => bank.request("GET", `${account}/balance`),
    () => bank.request("GET", "/v1/transfers"),
  ];
  const ask = async (): Promise<void> => {
    for (const request of requests) {
      const { status, text } = await request();
      load.made += 1;
      if (status >= 300) load.failed.push(`${String(status)} ${text}`);
    }
  };
  const calls = Array.from({ length: callers }, async () => {
    while (!is_over) await ask();
  });
  try {
    await run(load);
  } finally {
    is_over = true;
    await Promise.all(calls);
  }
  return load;
}

/** Applies files under load. Returns the requests that were made meanwhile. */
async function migrateUnderLoad(
  files: Readonly<Record<string, string>>,
): Promise<Load & { made_meanwhile: number }> {
  const directory = await copyMigrations();
  for (const [name, text] of Object.entries(files))
    await writeFile(path.join(directory, name), text);
  let made_meanwhile = 0;
  const load = await underLoad(async (load) => {
    await expect.poll(() => load.made, { timeout: 30_000 }).toBeGreaterThan(60);
    const before = load.made;
    const { applied } = await migrate(bank.owner_url, directory);
    made_meanwhile = load.made - before;
    expect(applied).toEqual(expect.arrayContaining(Object.keys(files)));
    await expect
      .poll(() => load.made, { timeout: 30_000 })
      .toBeGreaterThan(before + made_meanwhile + 60);
  });
  return { ...load, made_meanwhile };
}

const owner = "set local role bank_owner;\n";

test.each([
  {
    what: "an index on a large table, concurrently",
    meanwhile_min: 1,
    files: {
      "9998_index.sql":
        "-- no transaction\ncreate index concurrently if not exists transfers_tried on " +
        "bank.transfers (created_at, amount, description);\n",
    },
    is_there:
      "select indisvalid from pg_index " +
      "where indexrelid = 'bank.transfers_tried'::regclass and indisvalid",
  },
  {
    what: "a column on a large table",
    meanwhile_min: 0,
    files: {
      "9998_column.sql":
        `${owner}alter table bank.transfers ` + "add column tried text default 'tried';\n",
    },
    is_there: "select from bank.transfers where tried = 'tried' limit 1",
  },
  {
    what: "a constraint that is validated by the next file",
    meanwhile_min: 0,
    files: {
      "9998_constraint.sql":
        `${owner}alter table bank.transfers add constraint tried check (amount > 0) not ` +
        "valid;\n",
      "9999_validate.sql":
        "-- no transaction\nalter table bank.transfers validate constraint tried;\n",
    },
    is_there: "select from pg_constraint where conname = 'tried' and convalidated",
  },
])("$what: no request fails", async ({ what, meanwhile_min, files, is_there }) => {
  const { made, made_meanwhile, failed } = await migrateUnderLoad(files);
  console.log(
    `migrating under load, ${what}: ${String(made)} requests, ${String(made_meanwhile)} of ` +
      `them meanwhile, ${String(failed.length)} failed`,
  );
  expect(failed).toEqual([]);
  expect(made_meanwhile).toBeGreaterThanOrEqual(meanwhile_min);
  expect(await bank.sql(is_there)).toHaveLength(1);
  // The next file is one of these again, so the database forgets this one.
  await bank.sql("delete from bank_migrations.applied where name > '9'");
  expect(await bank.verify()).toEqual([]);
});

test("this test counts failed requests when a migration keeps a lock for longer than a call may wait", async () => {
  const { failed } = await migrateUnderLoad({
    "9998_slow.sql": `${owner}lock table bank.transfers;\nselect pg_sleep(3);\n`,
  });
  expect(failed.length).toBeGreaterThan(0);
  expect(await bank.verify()).toEqual([]);
});
