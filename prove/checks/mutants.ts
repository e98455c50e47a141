import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startPostgres } from "../../local/postgres/start-postgres.ts";
import { Running } from "../../local/steps.ts";
import { CheckFailure, type Check, type CheckContext } from "../check.ts";
import { MutableProject } from "../mutants/mutable-project.ts";
import type { Mutant } from "../mutants/mutant.ts";
import { mutants as all_mutants } from "../mutants/mutants.ts";

const short_form = 6;

export const mutants: Check = {
  name: "mutants",
  shows: "Each of these mistakes, put into a copy of the SQL or of the Worker, turns a test red",
  run: async (context) => {
    const running = new Running();
    try {
      const directory = await mkdtemp(path.join(tmpdir(), "edgebank-mutants-"));
      running.add("the directory", { stop: () => rm(directory, { recursive: true, force: true }) });
      const settings = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };
      const postgres = await startPostgres({
        directory: path.join(directory, "postgres"),
        settings,
      });
      running.add("PostgreSQL", postgres);
      const project = await MutableProject.create(postgres.url);
      running.add("the copy", { stop: () => project.remove() });
      return await tryMutants(context, project, chooseMutants(context));
    } finally {
      await running.stopAll();
    }
  },
};

/** The short form takes other ones with each seed. */
function chooseMutants({ is_full, seed }: CheckContext): readonly Mutant[] {
  if (is_full) return all_mutants;
  const step = Math.floor(all_mutants.length / short_form);
  return all_mutants.filter((_, index) => index % step === seed % step).slice(0, short_form);
}

async function tryMutants(
  context: CheckContext,
  project: MutableProject,
  chosen: readonly Mutant[],
) {
  const untouched = await project.runTests(
    [...new Set(chosen.flatMap(({ seen_by }) => seen_by))].sort(),
  );
  if (untouched.failed !== undefined)
    throw new CheckFailure(`Without any mistake this test is red already: ${untouched.failed}`);
  const survivors: string[] = [];
  let killed = 0;
  for (const mutant of chosen) {
    if (!context.has_time) break;
    const { failed } = await project.tryMutant(mutant);
    if (failed === undefined) survivors.push(`${mutant.name} (${mutant.file})`);
    else killed += 1;
    context.say(`${failed === undefined ? "SURVIVED" : "killed"}: ${mutant.name}: ${failed ?? ""}`);
  }
  if (survivors.length > 0)
    throw new CheckFailure(`No test sees that\n  ${survivors.join("\n  ")}`);
  const of_sql = chosen.slice(0, killed).filter(({ file }) => file.endsWith(".sql")).length;
  return {
    figures: {
      "mutants killed": killed,
      "of them in SQL": of_sql,
      survived: 0,
      "tests that were green without": untouched.tests,
    },
    trials: 0,
  };
}
