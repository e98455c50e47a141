import { isIP } from "node:net";
import { DatabaseError, type Client } from "pg";
import { clockFinding } from "./examine-redis.ts";
import { examineRights, examineRoles } from "./examine-roles.ts";
import { examineSchema, firstRow, readBankFacts } from "./examine-schema.ts";
import { findingsOf, type Finding } from "./finding.ts";

/** Finds what is wrong with the address of the database, without connecting. */
export function examineDatabaseUrl(database_url: string): readonly Finding[] {
  const url = URL.canParse(database_url) ? new URL(database_url) : undefined;
  const host = url?.hostname ?? "";
  const is_local =
    host === "localhost" || host === "" || (isIP(host) === 4 && host.startsWith("127."));
  const sslmode = url?.searchParams.get("sslmode") ?? "";
  return findingsOf([
    [
      !is_local && !["require", "verify-ca", "verify-full"].includes(sslmode),
      {
        name: "database_without_tls",
        says: "DATABASE_URL does not ask for TLS: passwords and balances may travel unencrypted.",
        mend: "Add ?sslmode=verify-full (and sslrootcert=… where the provider has a CA of its own).",
      },
    ],
  ]);
}

/**
 * Finds what is wrong with the database, over a connection of its owner. Changes nothing.
 *
 * @param expected_bank the bank that the database should contain, if that is known.
 */
export async function examineDatabase(
  client: Client,
  expected_bank?: string,
): Promise<readonly Finding[]> {
  const schema = await lookAt("the schema", () => examineSchema(client));
  // Without the bank's schema the other checks have nothing to examine.
  if (schema.some(({ name }) => name === "schema_missing")) return schema;
  const bank = await lookAt("which bank it is", () => examineBank(client, expected_bank));
  if (bank.some(({ name }) => name === "wrong_bank")) return bank;
  const parts = {
    "the roles": examineRoles,
    "the Worker's rights": examineRights,
    "the users": examineUsers,
    "the server": examineServer,
    "the jobs": examineJobs,
    "the clock": examineTime,
  };
  const found: Finding[] = [...schema, ...bank];
  for (const [what, examine] of Object.entries(parts))
    found.push(...(await lookAt(what, () => examine(client))));
  return found;
}

/**
 * Runs one examination. If a right or a part of an older schema is missing, the others still run.
 */
async function lookAt(
  what: string,
  examine: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await examine();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const says = `PostgreSQL did not let the doctor look at ${what}: ${error.message}.`;
    return [
      {
        name: "not_examined",
        says,
        mend: "npm run migrate, and ask as the owner of the database.",
      },
    ];
  }
}

async function examineBank(
  client: Client,
  expected: string | undefined,
): Promise<readonly Finding[]> {
  const { bank } = await readBankFacts(client);
  const says = `This is the bank ${bank ?? "without users"}, not ${expected ?? "-"}.`;
  const mend = "Restore the right backup, or correct DATABASE_URL. Let no Worker in.";
  return findingsOf([
    [expected !== undefined && bank !== expected, { name: "wrong_bank", says, mend }],
  ]);
}

async function examineUsers(client: Client): Promise<readonly Finding[]> {
  const { demo, admins } = await firstRow<{ demo: string[]; admins: number }>(
    client,
    `select coalesce(array_agg(email order by email)
                       filter (where email like '%@edgebank.test'), '{}') as demo,
            count(*) filter (where role = 'admin')::integer as admins
       from bank.users where disabled_at is null`,
  );
  return findingsOf([
    [
      demo.length > 0,
      {
        name: "demo_users",
        says:
          "Users of the demo data can log in, and everybody knows their password: " +
          `${demo.slice(0, 5).join(", ")}.`,
        mend:
          "select bank_internal.disable_user('…') for each; a real bank begins with an empty " +
          "database.",
      },
    ],
    [
      admins === 0,
      {
        name: "no_admin",
        says: "Nobody is an admin.",
        mend: "npm run create:admin -- you@example.com",
      },
    ],
  ]);
}

async function examineServer(client: Client): Promise<readonly Finding[]> {
  const { version, unsafe } = await firstRow<{ version: number; unsafe: string[] }>(
    client,
    `select current_setting('server_version_num')::integer as version,
            array(select name || ' = ' || setting from pg_settings
                   where name in ('fsync', 'full_page_writes', 'synchronous_commit')
                     and setting = 'off') as unsafe`,
  );
  return findingsOf([
    [
      version < 150_000,
      {
        name: "postgres_too_old",
        says: "PostgreSQL is older than 15.",
        mend: "Upgrade the server.",
      },
    ],
    [
      unsafe.length > 0,
      {
        name: "commits_not_durable",
        says:
          "A crash of the server would lose transfers that were " +
          `acknowledged: ${unsafe.join(", ")}.`,
        mend: "Set them to on.",
      },
    ],
  ]);
}

/** The bank itself decides which jobs are late, as for `/readyz`. */
async function examineJobs(client: Client): Promise<readonly Finding[]> {
  const { late, months } = await firstRow<{ late: string[]; months: number }>(
    client,
    `select (select body::json -> 'late_jobs' from bank.check_readiness()) as late,
            (select count(*)::integer from generate_series(0, 1) as ahead
              where to_regclass('bank.' || bank_internal.audit_partition_name(
                      (date_trunc('month', clock_timestamp() at time zone 'UTC')
                        + ahead * interval '1 month')::date)) is null) as months`,
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
