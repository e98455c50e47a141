import type { Client } from "pg";
import { schema_lock } from "../../scripts/migration-lock.ts";

/**
 * The schema that says who filled the database. The Worker may not create schemas, so it cannot
 * make this one.
 */
const mark = "edgebank_start";

/**
 * Claims a database that is empty or was claimed by an earlier `npm start`. Returns undefined then.
 * Otherwise it changes nothing and returns the name of something that it found in the database.
 *
 * @param is_own the server belongs to this data directory, so an `npm start` made whatever is in
 * it.
 */
export async function claimDatabase(client: Client, is_own: boolean): Promise<string | undefined> {
  await client.query("begin");
  try {
    // A migration that is under way is invisible until it commits, so this waits for it.
    await client.query("select pg_advisory_xact_lock($1)", [schema_lock]);
    const { rows: marks } = await client.query(
      "select from pg_catalog.pg_namespace where nspname = $1",
      [mark],
    );
    if (marks.length > 0) return undefined;
    const content = await findContent(client);
    if (content === undefined) {
      await client.query(`create schema ${mark}`);
      await client.query(
        `comment on schema ${mark} is 'npm start made what is in this database, ` +
          "and may change it.'",
      );
    }
    return is_own ? undefined : content;
  } finally {
    await client.query("commit");
  }
}

/**
 * Finds something that a user made in the database. What the server makes itself has a lower oid,
 * and what belongs to an extension says nothing about who uses the database. Relations come first,
 * because their names tell the most.
 */
async function findContent(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ content: string }>(
    `with own_schemas as (
       select oid, nspname from pg_catalog.pg_namespace
        where nspname !~ '^pg_' and nspname <> 'information_schema'
     ), content (priority, classid, objid) as (
       select 1, 'pg_class'::regclass, oid from pg_catalog.pg_class
        where relnamespace in (select oid from own_schemas)
          and relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c')
       union all
       select 2, 'pg_proc'::regclass, oid from pg_catalog.pg_proc
        where pronamespace in (select oid from own_schemas)
       union all
       select 3, 'pg_type'::regclass, oid from pg_catalog.pg_type
        where typnamespace in (select oid from own_schemas) and typtype in ('d', 'e', 'r')
       union all
       select 4, 'pg_namespace'::regclass, oid from own_schemas where nspname <> 'public'
       union all
       select 5, 'pg_largeobject'::regclass, oid from pg_catalog.pg_largeobject_metadata
       union all
       select 6, 'pg_foreign_data_wrapper'::regclass, oid from pg_catalog.pg_foreign_data_wrapper
       union all
       select 7, 'pg_event_trigger'::regclass, oid from pg_catalog.pg_event_trigger
       union all
       select 8, 'pg_publication'::regclass, oid from pg_catalog.pg_publication
     )
     select pg_catalog.pg_describe_object(classid, objid, 0) as content from content
      where objid >= 16384
        and not exists (select from pg_catalog.pg_depend as extension
                         where extension.classid = content.classid
                           and extension.objid = content.objid and deptype = 'e')
      order by priority, content limit 1`,
  );
  return rows[0]?.content;
}
