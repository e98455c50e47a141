import { randomUUID } from "node:crypto";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import { startPostgres } from "../../local/postgres/start-postgres.ts";
import { copyMigrations, runAt } from "../harness/scratch-database.ts";
import { scratchDirectory, start } from "./npm-start.ts";

// A server of its own, because roles belong to a whole server.
const directory = await mkdtemp(path.join(tmpdir(), "edgebank-start-server-"));
const postgres = await startPostgres({ directory, settings: { fsync: "off" } });
await runAt(postgres.url, "create role bank_owner nologin");
await runAt(postgres.url, "create role bank_api login");
afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

async function createDatabase(owner?: string): Promise<string> {
  const name = `start_${randomUUID().replaceAll("-", "")}`;
  await runAt(
    postgres.url,
    `create database ${name} ${owner === undefined ? "" : `owner ${owner}`}`,
  );
  onTestFinished(async () => {
    await runAt(postgres.url, `drop database ${name} with (force)`);
  });
  const url = new URL(postgres.url);
  url.pathname = name;
  if (owner !== undefined) {
    url.username = owner;
    url.password = "an owner";
  }
  return url.href;
}

/**
 * What a start might change on the server and in the database: roles with their passwords and
 * settings, schemas.
 */
async function whatIsThere(url: string): Promise<unknown> {
  return runAt(
    url,
    `select array(select row(oid, rolname, rolpassword)::text from pg_authid order by oid) as roles,
            array(select row(setrole, setdatabase, setconfig)::text
                    from pg_db_role_setting order by 1) as settings,
            array(select row(nspname, nspacl)::text from pg_namespace order by oid) as schemas,
            (select datacl::text from pg_database where datname = current_database()) as rights`,
  );
}

async function status(port: number, path_: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${String(port)}${path_}`)).status;
}

async function logIn(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/v1/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: "alice@edgebank.test", password: "edgebank-demo-only" }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

test.each([
  ["a bank made by npm run migrate", (url: string) => migrate(url), /\(.*bank\..*\)/],
  [
    "a table of somebody else",
    (url: string) => runAt(url, "create table orders (id int)"),
    /\(table orders\)/,
  ],
  [
    "a function",
    (url: string) => runAt(url, "create function f() returns int return 1"),
    /\(function f\(\)\)/,
  ],
  ["an empty schema", (url: string) => runAt(url, "create schema theirs"), /\(schema theirs\)/],
  ["a type", (url: string) => runAt(url, "create type mood as enum ('good')"), /\(type mood\)/],
  ["a large object", (url: string) => runAt(url, "select lo_create(0)"), /\(large object \d+\)/],
])(
  "a database that holds %s is refused before anything is changed",
  async (_what, fill, content) => {
    const url = await createDatabase();
    await fill(url);
    const before = await whatIsThere(url);
    const bank = await start({ DATABASE_URL: url });
    expect(await bank.ended).toBe(1);
    expect(bank.output()).toMatch(
      /^The database of DATABASE_URL holds something that npm start did not make \(.*\): name an empty database, or one that an earlier npm start filled\.\n$/,
    );
    expect(bank.output()).toMatch(content);
    expect(await whatIsThere(url)).toEqual(before);
  },
);

test(
  "npm start fills an empty database, and takes it again after a stop",
  { timeout: 90_000 },
  async () => {
    const url = await createDatabase();
    await runAt(url, "create temporary table passing ()");
    const first = await start({ DATABASE_URL: url });
    await first.opened();
    first.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    const again = await start({ DATABASE_URL: url });
    await again.opened();
    expect(await status(again.port, "/readyz")).toBe(200);
  },
);

test("the Worker's role cannot create the schema that claims a database", async () => {
  const url = await createDatabase();
  await migrate(url);
  for (const statement of [
    "create schema edgebank_start",
    "create table public.edgebank_start ()",
  ]) {
    await expect(runAt(url, `set role bank_api; ${statement}`)).rejects.toMatchObject({
      code: "42501",
    });
  }
});

test(
  "two banks of two owners on one server do not lock each other out",
  { timeout: 120_000 },
  async () => {
    const owners = [
      `owner_${randomUUID().slice(0, 8)}`,
      `owner_${randomUUID().slice(0, 8)}`,
    ] as const;
    for (const owner of owners) {
      await runAt(postgres.url, `create role ${owner} login createrole password 'an owner'`);
      await runAt(postgres.url, `grant bank_owner, bank_api to ${owner} with admin option`);
    }
    const [first_url, second_url] = await Promise.all(owners.map(createDatabase));
    const first = await start({ DATABASE_URL: first_url ?? "" });
    await first.opened();
    const token = await logIn(first.port);
    const second = await start({ DATABASE_URL: second_url ?? "" });
    await second.opened();
    // The connections of the first bank are ended, so that it has to log in again.
    await runAt(
      postgres.url,
      "select pg_terminate_backend(pid) from pg_stat_activity " +
        "where application_name = 'edgebank' and datname = $1",
      [new URL(first_url ?? "").pathname.slice(1)],
    );
    const me = await fetch(`http://127.0.0.1:${String(first.port)}/v1/me`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(me.status).toBe(200);
    await logIn(first.port);
    await logIn(second.port);

    const sessions = await runAt<{ role: string; memberships: string[]; limits: string[] }>(
      postgres.url,
      `select distinct usename::text as role,
            array(select roleid::regrole::text
                    from pg_auth_members where member = usesysid) as memberships,
            (select setconfig from pg_db_role_setting
              where setrole = usesysid and setdatabase = 0) as limits
       from pg_stat_activity where application_name = 'edgebank'`,
    );
    expect(sessions).toHaveLength(2);
    for (const session of sessions) {
      expect(session.memberships).toEqual(["bank_api"]);
      expect(session.limits).toEqual(
        expect.arrayContaining([
          "statement_timeout=5s",
          "lock_timeout=2s",
          "search_path=pg_catalog",
        ]),
      );
    }
  },
);

test(
  "a second start on the same database does not lock the first one out",
  { timeout: 90_000 },
  async () => {
    const DATABASE_URL = await createDatabase();
    const first = await start({ DATABASE_URL });
    await first.opened();
    const second = await start({ DATABASE_URL });
    await second.opened();
    await runAt(
      postgres.url,
      "select pg_terminate_backend(pid) from pg_stat_activity " +
        "where application_name = 'edgebank' and datname = $1",
      [new URL(DATABASE_URL).pathname.slice(1)],
    );
    await Promise.all([logIn(first.port), logIn(second.port)]);
  },
);

test("an owner who may not grant the Worker's role is told what to ask for", async () => {
  await runAt(
    postgres.url,
    "do 'begin create role bank_api; exception when duplicate_object then null; end'",
  );
  const owner = `owner_${randomUUID().slice(0, 8)}`;
  await runAt(postgres.url, `create role ${owner} login createrole password 'an owner'`);
  const bank = await start({ DATABASE_URL: await createDatabase(owner) });
  expect(await bank.ended).toBe(1);
  expect(bank.output()).toMatch(
    new RegExp(
      `^Another role has made bank_api.* let an administrator run grant .* to ${owner} with ` +
        `admin option\\.\\n$`,
    ),
  );
});

test(
  "a data directory of another version is refused in one sentence that names it",
  { timeout: 60_000 },
  async () => {
    const data_directory = await scratchDirectory();
    const migrations = await copyMigrations();
    await appendFile(path.join(migrations, "0001_schemas.sql"), "\n-- as it once was\n");
    const old = await startPostgres({ directory: path.join(data_directory, "postgres") });
    await migrate(old.url, migrations);
    const before = await whatIsThere(old.url);
    await old.stop();
    const bank = await start({ EDGEBANK_DATA_DIR: data_directory });
    expect(await bank.ended).toBe(1);
    expect(bank.output()).toMatch(/^ +\d.*\n/);
    expect(bank.output().split("\n").slice(1).join("\n")).toBe(
      `The data directory ${data_directory} was filled by another version of Edgebank, which ` +
        "this one cannot open: move it away, or delete it.\n",
    );
    const left = await startPostgres({ directory: path.join(data_directory, "postgres") });
    onTestFinished(() => left.stop());
    expect(await whatIsThere(left.url)).toEqual(before);
  },
);

test(
  "PG variables of the shell for another PostgreSQL are ignored",
  { timeout: 60_000 },
  async () => {
    const bank = await start({
      PGSSLMODE: "require",
      PGOPTIONS: "-c nonsense=on",
      PGHOST: "nowhere.invalid",
      PGUSER: "nobody",
      PGPASSWORD: "wrong",
      PGDATABASE: "none",
    });
    await bank.opened();
    expect(await status(bank.port, "/readyz")).toBe(200);
  },
);

test("with DATABASE_URL, PGOPTIONS is ignored, and PGSSLMODE is named when the connection fails because of it", async () => {
  const url = await createDatabase();
  const refused = await start({ DATABASE_URL: url, PGSSLMODE: "require" });
  expect(await refused.ended).toBe(1);
  expect(refused.output()).toMatch(/^DATABASE_URL with PGSSLMODE does not answer: .*SSL.*\n$/);
  const taken = await start({ DATABASE_URL: url, PGOPTIONS: "-c nonsense=on" });
  await taken.opened();
});
