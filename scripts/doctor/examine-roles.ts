import type { Client } from "pg";
import { reasonOf } from "../../local/explained-error.ts";
import { applyRoles } from "../apply-roles.ts";
import { firstRow } from "./examine-schema.ts";
import { findingsOf, type Finding } from "./finding.ts";

/**
 * Finds what a migration would have to set again, by trying it in a transaction that is rolled
 * back.
 */
export async function examineRoles(client: Client): Promise<readonly Finding[]> {
  await client.query("begin");
  try {
    const changes = await applyRoles(client);
    return findingsOf([
      [
        changes.length > 0,
        {
          name: "role_limits_missing",
          says:
            "The Worker's roles are not as they must be. npm run migrate would make these " +
            `changes: ${changes.join("; ")}.`,
          mend: "npm run migrate",
        },
      ],
    ]);
  } catch (error) {
    return [
      {
        name: "roles_not_ours",
        says: reasonOf(error),
        mend: "Run the doctor as the owner of the database.",
      },
    ];
  } finally {
    await client.query("rollback");
  }
}

/** Finds everything that bank_api or a login of the Worker may use besides the public functions. */
export async function examineRights(client: Client): Promise<readonly Finding[]> {
  const { rights } = await firstRow<{ rights: string[] }>(
    client,
    `with worker as (
       select oid, rolname,
              rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication
                as is_mighty
         from pg_roles
        where rolname = 'bank_api'
           or pg_has_role(oid, 'bank_api', 'member') and rolcanlogin
              and not rolsuper and rolname <> current_user
     )
     select coalesce(array_agg(what order by what), '{}') as rights from (
       select rolname || ' is more than a login' as what from worker where is_mighty
       union all
       select rolname || ' may use ' || class.oid::regclass
         from worker cross join pg_class as class
        where relnamespace in ('bank'::regnamespace, 'bank_internal'::regnamespace)
          and relkind in ('r', 'p', 'v', 'S')
          and case when relkind = 'S'
                   then has_sequence_privilege(worker.oid, class.oid, 'usage, select, update')
                   else has_table_privilege(
                     worker.oid, class.oid, 'select, insert, update, delete, truncate') end
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
        mend: "Revoke these rights (revoke … from …), and find out who granted them.",
      },
    ],
  ]);
}
