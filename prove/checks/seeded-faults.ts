import { readFile } from "node:fs/promises";
import path from "node:path";
import { startProofBank, type ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure, type Check, type CheckContext } from "../check.ts";
import type { AnomalyName } from "../checker/anomaly.ts";
import { checkHistory } from "../checker/check-history.ts";
import { migrations_directory } from "../../scripts/migration-files.ts";
import { sql_faults, type SqlFault } from "../seeded/sql-faults.ts";
import { profiles } from "../workload/profiles.ts";
import { runRound, type RoundOptions } from "../workload/run-round.ts";

const requests = 350;
/** A fault that opens a race does not show in every round, least of all on a fast machine. */
const attempts_max = 20;

export const seededFaults: Check = {
  name: "seeded-faults",
  shows:
    "The checker sees each of these faults, put into the SQL of a bank whose constraints are gone",
  run: async (context) => {
    const bank = await startProofBank({ seed: context.seed });
    const caught: string[] = [];
    try {
      await dropConstraints(bank);
      for (const fault of sql_faults) caught.push(await seeFault(context, bank, fault));
    } finally {
      await bank.stop();
    }
    return { figures: { "faults seen": caught.length, missed: 0 }, trials: 0, caught };
  },
};

/**
 * With its constraints, the database would refuse many faults with a 500, and the checker would
 * have nothing to find.
 */
async function dropConstraints({ postgres }: ProofBank): Promise<void> {
  const indexes = await postgres.sql<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
      where schemaname = 'bank' and tablename = 'transfers'
        and indexdef like 'CREATE UNIQUE%' and indexname <> 'transfers_pkey'`,
  );
  for (const { name, definition } of indexes) {
    await postgres.sql(`drop index bank.${name}`);
    await postgres.sql(definition.replace("UNIQUE ", ""));
  }
  await postgres.sql("alter table bank.accounts drop constraint accounts_overdraft");
}

async function seeFault(context: CheckContext, bank: ProofBank, fault: SqlFault): Promise<string> {
  const original = await readFile(path.join(migrations_directory, "functions", fault.file), "utf8");
  await bank.postgres.sql(withFault(original, fault));
  try {
    for (let attempt = 0; attempt < attempts_max; attempt += 1) {
      const profile = profiles[fault.profile ?? "mixed"];
      const names = await namesSeen(bank, { seed: context.nextSeed(), profile, requests });
      if (names.length === 0) continue;
      context.say(`${fault.name}: ${names.join(", ")}`);
      return `${fault.name} (${names.find((name) => name !== "server error") ?? "server error"})`;
    }
  } finally {
    await bank.postgres.sql(original);
  }
  throw new CheckFailure(`Nobody saw that ${fault.name} (${fault.file}).`);
}

/** With doubled versions the bank cannot show a statement any more. That counts as seen. */
async function namesSeen(bank: ProofBank, options: RoundOptions): Promise<AnomalyName[]> {
  try {
    const { events } = await runRound(bank, options);
    return [...new Set(checkHistory(events).anomalies.map(({ name }) => name))];
  } catch (error) {
    if (error instanceof Error && error.message.includes('"status":500')) return ["server error"];
    throw error;
  }
}

function withFault(original: string, { name, file, changes }: SqlFault): string {
  let text = original;
  for (const [from, instead] of changes) {
    if (!text.includes(from)) {
      throw new CheckFailure(
        `"${name}" no longer fits ${file}: seeded/sql-faults.ts names a text that is gone.`,
      );
    }
    text = text.replaceAll(from, () => instead);
  }
  return text;
}
