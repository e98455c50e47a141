import { writeFile } from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import { until } from "../harness/bank.ts";
import {
  copyMigrations,
  scratchDatabase,
  type ScratchDatabase,
} from "../harness/scratch-database.ts";

let database: ScratchDatabase;
let directory: string;

beforeEach(async () => {
  database = await scratchDatabase({ is_migrated: true });
  directory = await copyMigrations();
});

const add = (name: string, text: string): Promise<void> =>
  writeFile(path.join(directory, name), text);

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

const indexes = (name: string): Promise<{ is_valid: boolean }[]> =>
  database.sql("select indisvalid as is_valid from pg_index where indexrelid = to_regclass($1)", [
    `bank.${name}`,
  ]);

async function untilMigrationWaits(): Promise<void> {
  await until(async () => {
    const rows = await database.sql(
      `select from pg_stat_activity
        where datname = current_database() and application_name = 'edgebank-migrate'
          and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
}

const index = `-- no transaction
create index concurrently if not exists accounts_tried on bank.accounts (created_at);
`;

describe("a migration that waits for a lock", () => {
  test("lets the callers behind it through, and is done once the lock is free", async () => {
    const holder = await connect();
    await holder.query("begin; select from bank.accounts limit 1");
    await add(
      "9998_column.sql",
      "set local role bank_owner;\nalter table bank.accounts add column tried text;\n",
    );
    const migrated = migrate(database.url, directory);
    await untilMigrationWaits();
    // This would wait behind the migration for as long as the holder keeps its lock.
    await database.sql("select from bank.accounts limit 1");
    expect(
      await database.sql(
        "select from pg_attribute where attname = 'tried' and attrelid = 'bank.accounts'::regclass",
      ),
    ).toEqual([]);
    await holder.query("commit");
    expect(await migrated).toEqual({ applied: ["9998_column.sql"] });
  });
});

test("a migration that meets a deadlock begins again", async () => {
  const name = new URL(database.url).pathname.slice(1);
  await database.sql(`alter database ${name} set deadlock_timeout = '100ms'`);
  const holder = await connect();
  await holder.query("begin; lock table bank.transfers in access share mode");
  await add(
    "9998_two_tables.sql",
    `set local role bank_owner;
alter table bank.accounts add column tried text;
select pg_sleep(0.5);
alter table bank.transfers add column tried text;
`,
  );
  const migrated = migrate(database.url, directory);
  await until(async () => {
    const rows = await database.sql(
      "select from pg_locks where relation = 'bank.accounts'::regclass " +
        "and mode = 'AccessExclusiveLock' and granted",
    );
    return rows.length > 0;
  });
  // It waits for the migration, and then the migration for it.
  await holder.query("select from bank.accounts limit 1; commit");
  expect(await migrated).toEqual({ applied: ["9998_two_tables.sql"] });
});

describe("a migration that runs without a transaction", () => {
  test("builds an index concurrently, in its place among the others", async () => {
    await add(
      "9997_before.sql",
      "set local role bank_owner;\ncreate table bank.tried (a integer);\n",
    );
    await add("9998_index.sql", index.replace("bank.accounts (created_at)", "bank.tried (a)"));
    await add(
      "9999_after.sql",
      "set local role bank_owner;\ncomment on index bank.accounts_tried is 'tried';\n",
    );
    expect(await migrate(database.url, directory)).toEqual({
      applied: ["9997_before.sql", "9998_index.sql", "9999_after.sql"],
    });
    expect(await indexes("accounts_tried")).toEqual([{ is_valid: true }]);
    expect(await migrate(database.url, directory)).toEqual({ applied: [] });
  });

  test("is done once by five runs at the same time", async () => {
    await add("9998_index.sql", index);
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => migrate(database.url, directory)),
    );
    expect(runs.flatMap(({ applied }) => applied)).toEqual(["9998_index.sql"]);
  });

  test("begins again after an interruption, which leaves an index that is not valid", async () => {
    const holder = await connect();
    await holder.query("begin; lock table bank.accounts in row exclusive mode");
    await add("9998_index.sql", index);
    const interrupted = migrate(database.url, directory).catch((error: unknown) => error);
    await untilMigrationWaits();
    await database.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity " +
        "where datname = current_database() and application_name = 'edgebank-migrate'",
    );
    expect(await interrupted).toBeInstanceOf(Error);
    await holder.query("commit");
    expect(await indexes("accounts_tried")).toEqual([{ is_valid: false }]);
    expect(await migrate(database.url, directory)).toEqual({ applied: ["9998_index.sql"] });
    expect(await indexes("accounts_tried")).toEqual([{ is_valid: true }]);
  });

  test.each([
    [
      "a statement that could not run twice",
      index.replace("if not exists ", ""),
      /must say "if not exists"/,
    ],
    ["two statements", `${index}select 1;\n`, /9998_index\.sql:\d: .*transaction block/],
  ])("is refused with %s, and nothing after it is applied", async (_name, text, reason) => {
    await add("9998_index.sql", text);
    await add("9999_after.sql", "select 1;\n");
    await expect(migrate(database.url, directory)).rejects.toThrow(reason);
    expect(await database.sql("select from bank_migrations.applied where name > '9'")).toEqual([]);
    expect(await indexes("accounts_tried")).toEqual([]);
  });
});
