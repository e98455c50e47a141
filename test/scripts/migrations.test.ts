import { randomUUID } from "node:crypto";
import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import { copyMigrations, runAt, scratchDatabase } from "../harness/scratch-database.ts";

test("from zero everything is applied, and a second run does nothing", async () => {
  const { url } = await scratchDatabase();
  const { applied } = await migrate(url);
  expect(applied[0]).toBe("0001_schemas.sql");
  expect(applied).toContain("functions/transfers/create_transfer.sql");
  expect(await migrate(url)).toEqual({ applied: [] });
});

test("twenty runs at once do it once", async () => {
  const { url, sql } = await scratchDatabase();
  const runs = await Promise.all(Array.from({ length: 20 }, () => migrate(url)));
  expect(runs.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  const [row] = await sql<{ ok: boolean }>("select (bank.verify_ledger() ->> 'ok')::boolean as ok");
  expect(row).toEqual({ ok: true });
});

test("a role that is no superuser, but may create roles, migrates its own database", async () => {
  const role = `owner_${randomUUID().slice(0, 8)}`;
  const password = randomUUID();
  const server_url = inject("postgres_url");
  await runAt(server_url, `create role ${role} login createrole password '${password}'`);
  // Roles belong to the whole server, and from PostgreSQL 16 on only the role that created them may
  // grant them.
  await runAt(server_url, `grant bank_owner, bank_api to ${role} with admin option`);
  onTestFinished(async () => {
    await runAt(server_url, `drop owned by ${role}`).catch(() => undefined);
    await runAt(server_url, `drop role ${role}`).catch(() => undefined);
  });
  const database = await scratchDatabase({ owner: { role, password } });
  expect((await migrate(database.url)).applied.length).toBeGreaterThan(0);
  expect(await migrate(database.url)).toEqual({ applied: [] });
});

test("a changed function is applied again, and only that", async () => {
  const { url, sql } = await scratchDatabase({ is_migrated: true });
  const directory = await copyMigrations();
  await appendFile(path.join(directory, "functions/transfers/get_transfer.sql"), "\n-- changed\n");
  expect(await migrate(url, directory)).toEqual({
    applied: ["functions/transfers/get_transfer.sql"],
  });
  expect(await migrate(url, directory)).toEqual({ applied: [] });
  await sql("drop function bank.get_transfer");
  expect(await migrate(url, directory)).toEqual({
    applied: ["functions/transfers/get_transfer.sql"],
  });
});

test("a bank that is read-only stays so when a function is applied again", async () => {
  const { url, sql } = await scratchDatabase({ is_migrated: true });
  const directory = await copyMigrations();
  await sql("select bank_internal.set_read_only(true)");
  await appendFile(
    path.join(directory, "functions/transfers/create_transfer.sql"),
    "\n-- changed\n",
  );
  expect(await migrate(url, directory)).toEqual({
    applied: ["functions/transfers/create_transfer.sql"],
  });
  const mayTransfer = () =>
    sql<{ may: boolean }>(
      `select has_function_privilege('bank_api', oid, 'execute') as may from pg_proc
        where proname = 'create_transfer' and pronamespace = 'bank'::regnamespace`,
    );
  expect(await mayTransfer()).toEqual([{ may: false }]);
  await sql("select bank_internal.set_read_only(false)");
  expect(await mayTransfer()).toEqual([{ may: true }]);
});

test("a function that has moved to another folder is the same function", async () => {
  const { url } = await scratchDatabase({ is_migrated: true });
  const directory = await copyMigrations();
  await rename(
    path.join(directory, "functions/access/get_me.sql"),
    path.join(directory, "functions/customers/get_me.sql"),
  );
  expect(await migrate(url, directory)).toEqual({ applied: ["functions/customers/get_me.sql"] });
});

test("a function whose file has gone is refused until a migration drops it", async () => {
  const { url } = await scratchDatabase({ is_migrated: true });
  const directory = await copyMigrations();
  await rm(path.join(directory, "functions/access/get_me.sql"));
  await expect(migrate(url, directory)).rejects.toThrow(
    /get_me\.sql has gone, but its function is still there/,
  );
  await writeFile(
    path.join(directory, "9999_drop.sql"),
    "set local role bank_owner; drop function bank.get_me;",
  );
  expect(await migrate(url, directory)).toEqual({ applied: ["9999_drop.sql"] });
});

test("an applied migration that was edited is refused", async () => {
  const { url } = await scratchDatabase({ is_migrated: true });
  const directory = await copyMigrations();
  await appendFile(path.join(directory, "0002_customers_and_users.sql"), "\n-- later\n");
  await expect(migrate(url, directory)).rejects.toThrow(
    /0002_customers_and_users\.sql was edited after/,
  );
});

test("a database that is ahead of the files is refused", async () => {
  const { url } = await scratchDatabase({ is_migrated: true });
  const directory = await copyMigrations();
  const newest = path.join(directory, "9999_newest.sql");
  await writeFile(newest, "select 1;");
  await migrate(url, directory);
  await rm(newest);
  await expect(migrate(url, directory)).rejects.toThrow(
    /ahead of these files: it has the migration 9999_newest/,
  );
});

test("a migration numbered below an applied one is refused", async () => {
  const { url } = await scratchDatabase({ is_migrated: true });
  const directory = await copyMigrations();
  await writeFile(path.join(directory, "9999_newest.sql"), "select 1;");
  await migrate(url, directory);
  await writeFile(path.join(directory, "9998_late.sql"), "select 1;");
  await expect(migrate(url, directory)).rejects.toThrow(
    /9998_late\.sql comes before 9999_newest\.sql/,
  );
});

test("a migration that fails leaves nothing behind, and says where the mistake is", async () => {
  const { url, sql } = await scratchDatabase();
  const directory = await copyMigrations();
  await writeFile(path.join(directory, "9999_wrong.sql"), "select 1;\nselect nonsense;\n");
  await expect(migrate(url, directory)).rejects.toThrow(
    /^migrations\/9999_wrong\.sql:2: .*nonsense/,
  );
  const schemas = await sql("select nspname from pg_namespace where nspname like 'bank%'");
  expect(schemas).toEqual([]);
});

test.each(["0001_again.sql", "next.sql", "12_short.sql"])(
  "a migration named %s is refused",
  async (name) => {
    const { url } = await scratchDatabase();
    const directory = await copyMigrations();
    await writeFile(path.join(directory, name), "select 1;");
    await expect(migrate(url, directory)).rejects.toThrow(
      /must be named NNNN_<what>\.sql|have the number/,
    );
  },
);
