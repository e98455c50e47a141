import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";
import {
  startScratchPostgres,
  type ScratchPostgres,
} from "../../local/postgres/scratch-postgres.ts";
import { CheckFailure, type Check, type CheckContext } from "../check.ts";
import {
  findIsolationTester,
  runSpecification,
  type Interleavings,
} from "../isolation/isolationtester.ts";
import { operations, specificationOf } from "../isolation/operations.ts";
import { mutants } from "../mutants/mutants.ts";

const directory = path.join(import.meta.dirname, "../isolation");

/** Mistakes from prove/mutants/ that a specification must see. */
const seeded = {
  "accounts are not locked": "specs/double-spend.spec",
  "the debited account is always locked first": "specs/opposite-transfers-behind-another.spec",
  "a key is not locked": "specs/same-key.spec",
  "an account is changed without its lock": "specs/close-against-credit.spec",
  "a capture does not read the hold under the lock": "specs/capture-against-release.spec",
} as const;

export const interleavings: Check = {
  name: "interleavings",
  shows:
    "Every order in which the steps of concurrent callers can come leaves " +
    "a whole ledger, and no deadlock",
  run: async (context) => {
    const program = findIsolationTester();
    const postgres = await startScratchPostgres({ fsync: "off", full_page_writes: "off" });
    try {
      for (const name of ["world.sql", "calls.sql", "verdict.sql"])
        await execute(postgres.url, await readFile(path.join(directory, name), "utf8"));
      const files = await specifications(context, postgres);
      const sum = { permutations: 0, waits: 0 };
      for (const file of files) {
        if (!context.has_time) break;
        const { permutations, waits, complaints } = await runOnNewBank(program, postgres, file);
        const name = path.basename(file, ".spec");
        context.say(`${name}: ${String(permutations)} permutations, ${String(waits)} waits`);
        if (permutations === 0) throw new CheckFailure(`${name} has no permutation.`);
        if (complaints.length > 0) throw new CheckFailure(`${name}\n  ${complaints.join("\n  ")}`);
        sum.permutations += permutations;
        sum.waits += waits;
      }
      const caught = await seeFaults(context, program, postgres);
      const figures = {
        specifications: files.length,
        permutations: sum.permutations,
        "waits for a lock": sum.waits,
        "broken or deadlocked": 0,
      };
      return { figures, trials: sum.permutations, caught };
    } finally {
      await postgres.stop();
    }
  },
};

/**
 * The specifications of the folder. The long form adds those with three callers, and one for each
 * pair of operations.
 */
async function specifications(
  { is_full }: CheckContext,
  postgres: ScratchPostgres,
): Promise<string[]> {
  const folders = is_full ? ["specs", "long"] : ["specs"];
  const files: string[] = [];
  for (const folder of folders) {
    const names = (await readdir(path.join(directory, folder))).sort();
    files.push(...names.map((name) => path.join(directory, folder, name)));
  }
  if (!is_full) return files;
  const calls = Object.entries(operations);
  for (const [index, [first_name, first]] of calls.entries()) {
    for (const [second_name, second] of calls.slice(index)) {
      const file = path.join(postgres.directory, `${first_name}-and-${second_name}.spec`);
      await writeFile(file, specificationOf(first, second));
      files.push(file);
    }
  }
  return files;
}

let databases = 0;

/** A ledger is never cleared, so each specification gets its own. */
async function runOnNewBank(
  program: string,
  postgres: ScratchPostgres,
  file: string,
  fault?: string,
): Promise<Interleavings> {
  databases += 1;
  const name = `isolation_${String(databases)}`;
  const maintenance = urlOf(postgres, "template1");
  const url = urlOf(postgres, name);
  await execute(maintenance, `create database ${name} template postgres`);
  try {
    if (fault !== undefined) await execute(url, fault);
    return await runSpecification(program, url, file);
  } finally {
    await execute(maintenance, `drop database ${name} with (force)`);
  }
}

async function seeFaults(
  context: CheckContext,
  program: string,
  postgres: ScratchPostgres,
): Promise<string[]> {
  const caught: string[] = [];
  for (const [name, specification] of Object.entries(seeded)) {
    const mutant = mutants.find((each) => each.name === name);
    if (mutant === undefined) throw new Error(`There is no mutant "${name}".`);
    const original = await readFile(path.join(directory, "../..", mutant.file), "utf8");
    const fault = original.replaceAll(mutant.from, () => mutant.to);
    const { complaints } = await runOnNewBank(
      program,
      postgres,
      path.join(directory, specification),
      fault,
    );
    if (complaints.length === 0)
      throw new CheckFailure(`${specification} does not see that ${name}.`);
    context.say(`${name}: ${complaints[0]?.slice(0, 160) ?? ""}`);
    caught.push(name);
  }
  return caught;
}

function urlOf({ url }: ScratchPostgres, database: string): string {
  return Object.assign(new URL(url), { pathname: database }).href;
}

async function execute(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
