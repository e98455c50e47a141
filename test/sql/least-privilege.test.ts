import { describe, expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { sqlState } from "./refusals.ts";

const bank = sharedBank();
const insufficient_privilege = "42501";

test("bank_api may execute the functions of schema bank, and no other of ours", async () => {
  const functions = await bank.sql<{ name: string; is_public: boolean; is_executable: boolean }>(
    `select function.oid::regprocedure::text as name,
            pronamespace = 'bank'::regnamespace as is_public,
            has_schema_privilege('bank_api', pronamespace, 'usage')
              and has_function_privilege('bank_api', function.oid, 'execute') as is_executable
       from pg_proc as function join pg_namespace as namespace on namespace.oid = pronamespace
      where nspname not in ('pg_catalog', 'information_schema')`,
  );
  expect(functions.filter((row) => row.is_executable !== row.is_public)).toEqual([]);
  expect(functions.filter((row) => row.is_public).length).toBeGreaterThan(20);
});

test("every function that bank_api may execute belongs to the owner, runs as the owner and pins its search_path", async () => {
  const functions = await bank.sql(
    `select proname from pg_proc
      where pronamespace = 'bank'::regnamespace
        and not (prosecdef and proowner = 'bank_owner'::regrole
                 and 'search_path=pg_catalog, pg_temp' = any (proconfig))`,
  );
  expect(functions).toEqual([]);
});

test("no function of ours is executable by everybody", async () => {
  const functions = await bank.sql(
    `select proname from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) as granted
      where pronamespace in ('bank'::regnamespace, 'bank_internal'::regnamespace) and grantee = 0`,
  );
  expect(functions).toEqual([]);
});

test("bank_api has no right to any table, view, sequence or column", async () => {
  const relations = await bank.sql(
    `select class.oid::regclass::text as name
       from pg_class as class join pg_namespace as namespace on namespace.oid = relnamespace
      where nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        and relkind in ('r', 'v', 'm', 'S', 'p', 'f')
        and case relkind
            when 'S' then has_sequence_privilege('bank_api', class.oid, 'usage, select, update')
            else has_table_privilege(
                   'bank_api', class.oid,
                   'select, insert, update, delete, truncate, references, trigger')
              or has_any_column_privilege(
                   'bank_api', class.oid, 'select, insert, update, references') end`,
  );
  expect(relations).toEqual([]);
});

test("bank_api is nobody else, and can become nobody else", async () => {
  const [role] = await bank.sql(
    `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
            (select count(*)::int from pg_auth_members
              where member = 'bank_api'::regrole) as memberships,
            (select rolcanlogin from pg_roles where rolname = 'bank_owner') as owner_can_login
       from pg_roles where rolname = 'bank_api'`,
  );
  expect(role).toEqual({
    rolsuper: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolreplication: false,
    rolbypassrls: false,
    memberships: 0,
    owner_can_login: false,
  });
});

test("bank_api is bounded in time whatever a session forgets", async () => {
  const session = await bank.session();
  const { rows } = await session.query(
    "select name, setting from pg_settings where name like '%\\_timeout' and name in " +
      "('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') " +
      "order by name",
  );
  expect(rows).toEqual([
    { name: "idle_in_transaction_session_timeout", setting: "5000" },
    { name: "lock_timeout", setting: "2000" },
    { name: "statement_timeout", setting: "5000" },
  ]);
});

describe("bank_api is refused", () => {
  const tables = "customers users accounts transfers holds audit_events idempotency_keys".split(
    " ",
  );
  test.each([
    ...tables.flatMap((table) => [
      `select from bank.${table}`,
      `delete from bank.${table}`,
      `truncate bank.${table}`,
    ]),
    "select from bank.entries",
    "update bank.accounts set balance = 1",
    "insert into bank.audit_events (id) values (null)",
    "select bank_internal.create_admin('a@b.c', 'x')",
    "select bank_internal.entry_hash(null, null, null, null, null, null, null, null)",
    "select from bank_migrations.applied",
    "create table bank.mine ()",
    "create table public.mine ()",
    "create temporary table mine ()",
    "create schema mine",
    "create function bank.mine() returns int language sql as 'select 1'",
    "alter function bank.check_readiness security invoker",
    "drop function bank.check_readiness",
    "alter table bank.audit_events disable trigger all",
    "set role bank_owner",
    "set session_replication_role = replica",
    "copy bank.users to stdout",
    "copy (select 1) to program 'true'",
    "select pg_read_file('PG_VERSION')",
    "select from pg_authid",
    "do 'begin delete from bank.users; end'",
  ])("%s", async (statement) => {
    const session = await bank.session();
    expect(await sqlState(session.query(statement))).toBe(insufficient_privilege);
    await session.end();
  });
});

test("a function of ours runs what it means, though the caller has put names in its way", async () => {
  const session = await bank.session();
  await session.query("set search_path = bank, public, pg_catalog");
  const { rows } = await session.query(
    "select (answer).body::json -> 'limits' as limits from bank.check_readiness() as answer",
  );
  expect(rows).toEqual([{ limits: [] }]);
});
