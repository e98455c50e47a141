import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "pg";
import type { BankAccount, Posting } from "./postings.ts";

const directory = path.join(import.meta.dirname, "vendor/pgledger");
const postings_at_once = 500;

/**
 * Lets pgledger move the same money in a database of its own. Returns its balances by our account
 * ids.
 */
export async function balancesOfPgledger(
  client: Client,
  accounts: readonly BankAccount[],
  postings: readonly Posting[],
): Promise<ReadonlyMap<string, string>> {
  for (const name of ["uuid-to-ulid.sql", "pgledger.sql"])
    await client.query(await readFile(path.join(directory, name), "utf8"));
  await client.query(
    `create table mapped as
       select given.id, (pgledger_create_account(given.id, given.currency)).id as pgledger_id
         from jsonb_to_recordset($1) as given (id text, currency text)`,
    [JSON.stringify(accounts)],
  );
  for (let begin = 0; begin < postings.length; begin += postings_at_once) {
    const next = postings.slice(begin, begin + postings_at_once);
    await client.query(
      `select count(*) from pgledger_create_transfers(array(
         select row(
                  debit.pgledger_id, credit.pgledger_id, (given.posting ->> 'amount')::numeric
                )::transfer_request
           from jsonb_array_elements($1) with ordinality as given (posting, place)
           join mapped as debit on debit.id = given.posting ->> 'from'
           join mapped as credit on credit.id = given.posting ->> 'to'
          order by given.place))`,
      [JSON.stringify(next.map(({ from, to, amount }) => ({ from, to, amount })))],
    );
  }
  const { rows } = await client.query<{ id: string; balance: string }>(
    "select mapped.id, balance::text from mapped join pgledger_accounts " +
      "on pgledger_accounts.id = pgledger_id",
  );
  return new Map(rows.map(({ id, balance }) => [id, balance]));
}
