import { DatabaseError, type Client } from "pg";
import { ExplainedError } from "../local/explained-error.ts";
import { functionName, type SqlFile } from "./migration-files.ts";
import { runSqlFile } from "./run-sql-file.ts";

interface Signature {
  readonly schema: string;
  /** As `drop function` takes it: `bank.credit_account(bank.actor, text, uuid, bigint, text)`. */
  readonly identity: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: string;
    readonly has_default: boolean;
  }[];
  readonly result: string;
}

/**
 * The name of the old function while the new one is created. No function of the project has this
 * name.
 */
const name_of_before = "function_before";

/**
 * Applies the file of a function in the current transaction, as the owner of everything. When the
 * signature has changed, the old function is dropped. PostgreSQL would otherwise keep both, and a
 * grant by name would fail.
 *
 * @throws {ExplainedError} when the Worker that is running could not call the new function as it
 * calls the old one.
 */
export async function applyFunction(client: Client, file: SqlFile): Promise<void> {
  const name = functionName(file.name);
  await client.query("set local role bank_owner; set local check_function_bodies = off");
  const before = await signaturesOf(client, name);
  await client.query("savepoint before_function");
  try {
    await runSqlFile(client, file);
    if ((await signaturesOf(client, name)).length === 1) {
      await client.query("release before_function");
      return;
    }
  } catch (error) {
    if (!isAnotherSignature(error) || before.length === 0) throw error;
  }
  await client.query("rollback to before_function; set local role bank_owner");
  await replace(client, file, before);
}

/** Creates the new function while the old one has another name, and drops the old one. */
async function replace(client: Client, file: SqlFile, before: readonly Signature[]): Promise<void> {
  const name = functionName(file.name);
  for (const { identity } of before) {
    await client.query(`alter function ${identity} rename to ${name_of_before}`);
  }
  await runSqlFile(client, file);
  const [after, ...others] = await signaturesOf(client, name);
  if (after === undefined || others.length > 0) {
    throw new ExplainedError(`migrations/${file.name} must make one function: ${name}.`);
  }
  await client.query("set local role bank_owner");
  for (const old of before) {
    const difference = old.schema === "bank" ? differenceFor(old, after) : undefined;
    if (difference !== undefined) {
      throw new ExplainedError(
        `migrations/${file.name} changes the signature of ${name}, and the running Worker ` +
          `could not call it any more: ${difference}. Give a new parameter a default and keep ` +
          "the others, or write a function with another name.",
      );
    }
    await client.query(`drop function ${old.identity.replace(`.${name}(`, `.${name_of_before}(`)}`);
  }
  await client.query("set local role none");
}

/** Why a caller of the old function could not call the new one. Callers name their arguments. */
function differenceFor(old: Signature, after: Signature): string | undefined {
  if (old.result !== after.result) return `it returns ${after.result} and not ${old.result}`;
  for (const { name, type, has_default } of old.parameters) {
    const same = after.parameters.find((parameter) => parameter.name === name);
    if (same === undefined) return `${name} has gone`;
    if (same.type !== type) return `${name} is ${same.type} and was ${type}`;
    if (has_default && !same.has_default) return `${name} has lost its default`;
  }
  const added = after.parameters.find(
    ({ name, has_default }) =>
      !has_default && !old.parameters.some((parameter) => parameter.name === name),
  );
  return added === undefined ? undefined : `${added.name} is new and has no default`;
}

/** Two functions of one name, another result, or a parameter of another name. */
function isAnotherSignature(error: unknown): boolean {
  const cause = error instanceof ExplainedError ? error.cause : error;
  return cause instanceof DatabaseError && ["42725", "42P13"].includes(cause.code ?? "");
}

async function signaturesOf(client: Client, name: string): Promise<Signature[]> {
  const { rows } = await client.query<Signature>(
    `select nspname::text as schema,
            format('%I.%I(%s)', nspname, proname,
                   pg_get_function_identity_arguments(function.oid)) as identity,
            coalesce((select json_agg(json_build_object(
                        'name', coalesce(proargnames[position], ''),
                        'type', format_type(type, null),
                        'has_default', position > pronargs - pronargdefaults) order by position)
                        from unnest(proargtypes::oid[])
                             with ordinality as argument (type, position)), '[]') as parameters,
            pg_get_function_result(function.oid) as result
       from pg_catalog.pg_proc as function
       join pg_catalog.pg_namespace as namespace on namespace.oid = pronamespace
      where nspname in ('bank', 'bank_internal') and proname = $1`,
    [name],
  );
  return rows;
}
