import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import { migrations_directory } from "../../scripts/migration-files.ts";
import { startPostgres } from "../../local/postgres/start-postgres.ts";
import { createMemoryDirectory } from "../harness/memory-directory.ts";
import { runAt } from "../harness/scratch-database.ts";

// A server of its own, because roles belong to a whole server.
const directory = await createMemoryDirectory("edgebank-roles-test-");
const postgres = await startPostgres({ directory, settings: { fsync: "off" } });
afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

const limits = {
  default_transaction_isolation: "read committed",
  idle_in_transaction_session_timeout: "5s",
  lock_timeout: "2s",
  search_path: "pg_catalog",
  statement_timeout: "5s",
};

async function createDatabase(options = ""): Promise<{ name: string; url: string }> {
  const name = `roles_${randomUUID().replaceAll("-", "")}`;
  await runAt(postgres.url, `create database ${name} ${options}`);
  onTestFinished(async () => {
    await runAt(postgres.url, `drop database ${name} with (force)`);
  });
  const url = new URL(postgres.url);
  url.pathname = name;
  return { name, url: url.href };
}

/** What a session of the role really has. */
async function limitsOf(url: string, role: string): Promise<unknown> {
  const password = randomUUID();
  await runAt(url, `alter role ${role} login password '${password}'`);
  const role_url = new URL(url);
  role_url.username = role;
  role_url.password = password;
  const rows = await runAt<{ name: string; value: string }>(
    role_url.href,
    "select name, current_setting(name) as value from pg_settings where name = any($1)",
    [Object.keys(limits)],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

async function reports(url: string): Promise<string[]> {
  const changes: string[] = [];
  await migrate(url, migrations_directory, (change) => changes.push(change));
  return changes;
}

test("a bank_api that existed before the first migrate gets its limits", async () => {
  await runAt(postgres.url, "create role bank_api login");
  await runAt(postgres.url, "create role bank_owner nologin");
  const { url } = await createDatabase();
  expect(await reports(url)).toHaveLength(5);
  expect(await limitsOf(url, "bank_api")).toEqual(limits);
});

test("a second migrate sets the limits that were lost and says so, and a third one says nothing", async () => {
  const { url, name } = await createDatabase();
  await migrate(url);
  // A restored dump brings the tables, and neither the settings of roles nor the rights on the
  // database.
  await runAt(url, "alter role bank_api reset all");
  await runAt(url, `revoke connect on database ${name} from public, bank_api`);
  await runAt(url, `grant temporary on database ${name} to public`);
  const changes = await reports(url);
  expect(changes).toContain("bank_api has statement_timeout = 5s");
  expect(changes).toHaveLength(5);
  expect(await limitsOf(url, "bank_api")).toEqual(limits);
  const [rights] = await runAt(
    url,
    "select has_database_privilege('bank_api', current_database(), 'temporary') as may_make_tables",
  );
  expect(rights).toEqual({ may_make_tables: false });
  expect(await reports(url)).toEqual([]);
});

test("bank_api may not make tables in a schema public that was open to everybody", async () => {
  const { url } = await createDatabase();
  await runAt(url, "grant create on schema public to public");
  await migrate(url);
  const [rights] = await runAt(
    url,
    "select has_schema_privilege('bank_api', 'public', 'create') as may_make_tables",
  );
  expect(rights).toEqual({ may_make_tables: false });
});

test.each([
  ["the role", "alter role bank_api set default_transaction_isolation = 'repeatable read'"],
  ["the role in this database", "alter role bank_api in database $name set statement_timeout = 0"],
  ["the database", "alter database $name set default_transaction_isolation = 'serializable'"],
  ["all roles", "alter role all in database $name set lock_timeout = 0"],
])("a setting of %s does not override the limits after a migrate", async (_what, statement) => {
  const { url, name } = await createDatabase();
  await migrate(url);
  await runAt(url, statement.replace("$name", name));
  await migrate(url);
  expect(await limitsOf(url, "bank_api")).toEqual(limits);
});

test("a login role that is a member of bank_api and of nothing else gets the limits, a person does not", async () => {
  const { url, name } = await createDatabase();
  await migrate(url);
  const worker = `worker_${name}`.slice(0, 60);
  const person = `person_${name}`.slice(0, 60);
  await runAt(url, `create role ${worker} login in role bank_api`);
  await runAt(url, `create role ${person} login in role bank_api, pg_read_all_stats`);
  onTestFinished(async () => {
    await runAt(url, `drop role ${worker}, ${person}`);
  });
  expect(await reports(url)).toHaveLength(5);
  expect(await limitsOf(url, worker)).toEqual(limits);
  expect(await limitsOf(url, person)).toMatchObject({ statement_timeout: "0", lock_timeout: "0" });
});

test("an owner who may not set missing limits is told who may set them, and how", async () => {
  const role = `owner_${randomUUID().slice(0, 8)}`;
  await runAt(postgres.url, `create role ${role} login password 'owner' in role bank_owner`);
  onTestFinished(async () => {
    await runAt(postgres.url, `drop role ${role}`);
  });
  const { url } = await createDatabase(`owner ${role}`);
  const owner_url = new URL(url);
  owner_url.username = role;
  owner_url.password = "owner";
  await migrate(owner_url.href);
  await runAt(url, "alter role bank_api reset lock_timeout");
  await expect(migrate(owner_url.href)).rejects.toThrow(
    `bank_api lacks lock_timeout = 2s, and ${role} may not set it. Run as an administrator: ` +
      "alter role bank_api set lock_timeout = '2s'",
  );
  await migrate(url);
  await migrate(owner_url.href);
});

test("banks on one server can migrate at the same time, although they share their roles", async () => {
  const databases = await Promise.all(Array.from({ length: 4 }, () => createDatabase()));
  await runAt(postgres.url, "alter role bank_api reset all");
  await Promise.all(databases.map(({ url }) => migrate(url)));
  expect(await limitsOf(databases[0]?.url ?? "", "bank_api")).toEqual(limits);
});

test("bank_api may connect although everybody else may not", async () => {
  const { url, name } = await createDatabase();
  await migrate(url);
  await runAt(url, `revoke connect on database ${name} from public`);
  expect(await limitsOf(url, "bank_api")).toEqual(limits);
});
