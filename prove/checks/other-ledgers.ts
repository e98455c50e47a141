import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { CheckFailure, type Check } from "../check.ts";
import {
  balancesOfHledger,
  complaintOfHledger,
  journalOf,
  requireHledger,
  writeTampered,
} from "../oracles/hledger.ts";
import { balancesOfPgledger } from "../oracles/pgledger.ts";
import { readBalances, readPostings, type BankAccount } from "../oracles/postings.ts";
import { profiles } from "../workload/profiles.ts";

/** How many requests each round sends in the short form. */
const rounds = [
  ["mixed", 300],
  ["batches", 30],
  ["wide", 300],
] as const;

export const otherLedgers: Check = {
  name: "other-ledgers",
  shows:
    "hledger and pgledger, which nobody here wrote, come to the same " +
    "balances from the same movements",
  run: async (context) => {
    const version = await requireHledger();
    const bank = await context.bank();
    for (const [name, requests] of rounds)
      await context.round(bank, {
        profile: profiles[name],
        requests: context.size(requests, requests * 10),
      });
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-ledgers-"));
    const client = await bank.postgres.connect();
    try {
      const [accounts, postings] = [await readBalances(client), await readPostings(client)];
      const journal = path.join(directory, "bank.journal");
      await writeFile(journal, journalOf(postings));
      const complaint = await complaintOfHledger(journal);
      if (complaint !== undefined) throw new CheckFailure(`hledger: ${complaint}`);
      compare("hledger", accounts, await balancesOfHledger(journal));
      const tampered = path.join(directory, "tampered.journal");
      await writeTampered(tampered, postings);
      if ((await complaintOfHledger(tampered)) === undefined)
        throw new CheckFailure("hledger does not see one unit that was added.");
      compare(
        "pgledger",
        accounts,
        await inOtherDatabase(bank.postgres.url, (other) =>
          balancesOfPgledger(other, accounts, postings),
        ),
      );
      return {
        figures: {
          postings: postings.length,
          accounts: accounts.length,
          "balances that differ": 0,
          "checked by": version,
        },
        trials: accounts.length,
        caught: ["one unit added to one posting (hledger)"],
      };
    } finally {
      await client.end();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

function compare(
  name: string,
  accounts: readonly BankAccount[],
  balances: ReadonlyMap<string, string>,
): void {
  const differ = accounts.filter(
    ({ id, balance }) => BigInt(numberOf(balances.get(id))) !== BigInt(balance),
  );
  const shown = differ
    .slice(0, 5)
    .map(({ id, balance }) => `${id}: ${balance}, ${String(balances.get(id))}`);
  if (differ.length > 0)
    throw new CheckFailure(
      `${name} differs in ${String(differ.length)} balances: ${shown.join("; ")}`,
    );
}

/** Reads `12 USD` or `12`. The text is empty if no money ever moved. */
const numberOf = (text = "0"): string => text.split(" ")[0] ?? "0";

async function inOtherDatabase<Result>(
  url: string,
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  const name = "other_ledger";
  const maintenance = new Client({ connectionString: url });
  await maintenance.connect();
  await maintenance.query(`create database ${name}`);
  const client = new Client({
    connectionString: Object.assign(new URL(url), { pathname: name }).href,
  });
  try {
    await client.connect();
    return await run(client);
  } finally {
    await client.end();
    await maintenance.query(`drop database ${name} with (force)`);
    await maintenance.end();
  }
}
