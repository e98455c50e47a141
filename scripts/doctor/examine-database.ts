import type { Client } from "pg";
import { isIP } from "node:net";
import { applyRoles } from "../apply-roles.ts";
import { clockFinding } from "./examine-redis.ts";
import { examineSchema, firstRow, readBankFacts } from "./examine-schema.ts";
import { findingsOf, type Finding } from "./finding.ts";

/** What is wrong with the address of the database, before anybody connects. */
export function examineDatabaseUrl(database_url: string): readonly Finding[] {
  const url = URL.canParse(database_url) ? new URL(database_url) : undefined;
  const host = url?.hostname ?? "";
  const is_local = host === "localhost" || host === "" || (isIP(host) === 4 && host.startsWith("127."));
  const sslmode = url?.searchParams.get("sslmode") ?? "";
  return findingsOf([
    [
      !is_local && !["require", "verify-ca", "verify-full"].includes(sslmode),
      {
        name: "database_without_tls",
        says: "DATABASE_URL does not ask for TLS: passwords and balances may travel in the open.",
        mend: "Add ?sslmode=verify-full (and sslrootcert=… where the provider has a CA of its own).",
      },
    ],
  ]);
}

/**
 * What is wrong with the database, asked by its owner. Nothing is changed.
 *
 * @param expected_bank the bank that it should hold, if that is known.
 */
export async function examineDatabase(client: Client, expected_bank?: string): Promise<readonly Finding[]> {
  const schema = await examineSchema(client);
  // A schema that is not ours has nothing that the others could look at.
  if (schema.some(({ name }) => name === "schema_missing")) return schema;
  const { bank } = await readBankFacts(client);
  if (expected_bank !== undefined && bank !== expected_bank) {
    const says = `This is the bank ${bank ?? "without users"}, not ${expected_bank}.`;
    return [
      {
        name: "wrong_bank",
        says,
        mend: "Restore the right backup, or correct DATABASE_URL. Let no Worker in.",
      },
    ];
  }
  const parts = [examineRoles, examineRights, examineUsers, examineServer, examineJobs, examineTime];
  const found: Finding[] = [...schema];
  for (const examine of parts) found.push(...(await examine(client)));
  return found;
}

/** What migrate would have to set again. It is tried, and taken back. */
async function examineRoles(client: Client): Promise<readonly Finding[]> {
  await client.query("begin");
  try {
    const changes = await applyRoles(client);
    return findingsOf([
      [
        changes.length > 0,
        {
          name: "role_limits_missing",
          says: `The Worker's roles are not as they must be. Migrate would see to it that: ${changes.join("; ")}.`,
          mend: "npm run migrate",
        },
      ],
    ]);
  } catch (error) {
    const says = error instanceof Error ? error.message : "?";
    return [{ name: "roles_not_ours", says, mend: "Run the doctor as the owner of the database." }];
  } finally {
    await client.query("rollback");
  }
}

/** Everything that bank_api or a login of the Worker can reach beside the public functions. */
async function examineRights(client: Client): Promise<readonly Finding[]> {
  const { rights } = await firstRow<{ rights: string[] }>(
    client,
    `with worker as (
       select oid, rolname, rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication as is_mighty
         from pg_roles where rolname = 'bank_api' or pg_has_role(oid, 'bank_api', 'member') and rolcanlogin
          and not rolsuper and rolname <> current_user
     )
     select coalesce(array_agg(what order by what), '{}') as rights from (
       select rolname || ' is more than a login' as what from worker where is_mighty
       union all
       select rolname || ' may use ' || class.oid::regclass
         from worker cross join pg_class as class
        where relnamespace in ('bank'::regnamespace, 'bank_internal'::regnamespace) and relkind in ('r', 'p', 'v', 'S')
          and case when relkind = 'S' then has_sequence_privilege(worker.oid, class.oid, 'usage, select, update')
                   else has_table_privilege(worker.oid, class.oid, 'select, insert, update, delete, truncate') end
       union all
       select rolname || ' may execute ' || proc.oid::regproc
         from worker cross join pg_proc as proc
        where pronamespace = 'bank_internal'::regnamespace
          and has_schema_privilege(worker.oid, 'bank_internal', 'usage')
          and has_function_privilege(worker.oid, proc.oid, 'execute')
       union all
       select rolname || ' is a member of ' || roleid::regrole
         from worker join pg_auth_members on member = worker.oid where roleid <> 'bank_api'::regrole
     ) as too_much`,
  );
  return findingsOf([
    [
      rights.length > 0,
      {
        name: "worker_has_rights",
        says: `The Worker may do more than call functions: ${rights.slice(0, 5).join("; ")}.`,
        mend: "Take these rights away (revoke … from …), and find out who gave them.",
      },
    ],
  ]);
}

async function examineUsers(client: Client): Promise<readonly Finding[]> {
  const { demo, admins } = await firstRow<{ demo: string[]; admins: number }>(
    client,
    `select coalesce(array_agg(email order by email) filter (where email like '%@edgebank.test'), '{}') as demo,
            count(*) filter (where role = 'admin')::integer as admins
       from bank.users where disabled_at is null`,
  );
  return findingsOf([
    [
      demo.length > 0,
      {
        name: "demo_users",
        says: `Users of the demonstration can log in, and their password is known to everybody: ${demo.slice(0, 5).join(", ")}.`,
        mend: "select bank_internal.disable_user('…') for each; a real bank begins with an empty database.",
      },
    ],
    [
      admins === 0,
      { name: "no_admin", says: "Nobody is an admin.", mend: "npm run create:admin -- you@example.com" },
    ],
  ]);
}

async function examineServer(client: Client): Promise<readonly Finding[]> {
  const { version, unsafe } = await firstRow<{ version: number; unsafe: string[] }>(
    client,
    `select current_setting('server_version_num')::integer as version,
            array(select name || ' = ' || setting from pg_settings
                   where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off') as unsafe`,
  );
  return findingsOf([
    [
      version < 150_000,
      { name: "postgres_too_old", says: "PostgreSQL is older than 15.", mend: "Upgrade the server." },
    ],
    [
      unsafe.length > 0,
      {
        name: "commits_not_durable",
        says: `A crash of the server loses transfers that were acknowledged: ${unsafe.join(", ")}.`,
        mend: "Set them to on.",
      },
    ],
  ]);
}

/** Late by what the job itself allows where the database says so, else by the longest pause between two runs. */
async function examineJobs(client: Client): Promise<readonly Finding[]> {
  const { late, months } = await firstRow<{ late: string[]; months: number }>(
    client,
    `select array(select coalesce(nullif(to_jsonb(job) ->> 'name', ''), '?') from bank.jobs as job
                   where clock_timestamp() > coalesce((to_jsonb(job) ->> 'ran_at')::timestamptz, succeeded_at)
                                             + coalesce((to_jsonb(job) ->> 'late_after')::interval, '26 hours')
                   order by name) as late,
            (select count(*)::integer from generate_series(0, 1) as ahead
              where to_regclass('bank.' || bank_internal.audit_partition_name(
                      (date_trunc('month', clock_timestamp() at time zone 'UTC') + ahead * interval '1 month')::date)) is null) as months`,
  );
  return findingsOf([
    [
      late.length > 0,
      {
        name: "jobs_late",
        says: `These jobs have not run for too long: ${late.join(", ")}.`,
        mend: "Look for job_failed in the log, and at the cron triggers: npx wrangler triggers deploy.",
      },
    ],
    [
      months > 0,
      {
        name: "audit_partition_missing",
        says: "The audit log has no partition for this month or the next.",
        mend: "select bank.prepare_audit_partitions(), and see why the nightly job did not.",
      },
    ],
  ]);
}

async function examineTime(client: Client): Promise<readonly Finding[]> {
  const asked_at = Date.now();
  const { now_ms } = await firstRow<{ now_ms: number }>(
    client,
    "select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms",
  );
  return clockFinding("PostgreSQL", now_ms - (asked_at + Date.now()) / 2);
}
