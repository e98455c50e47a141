import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CheckFailure, type Check, type CheckContext } from "../check.ts";
import { explained } from "../stryker/explained.ts";
import { mutated } from "../stryker/mutated.ts";

const project_directory = path.join(import.meta.dirname, "../..");
const killed_min = 0.9;
const survivors_shown = 40;
/** Generous, because a mutant that only looks endless on a busy machine would count as killed. */
const timeout_ms = 60_000;

interface Mutant {
  readonly status: Status;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

type Status =
  "Killed" | "Timeout" | "Survived" | "NoCoverage" | "Ignored" | "CompileError" | "RuntimeError";

/** Stryker's report, as far as it is read here. */
interface Report {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>
  >;
}

export const stryker: Check = {
  name: "stryker",
  shows:
    "Of Stryker's mutants of the TypeScript that decides about " +
    "access, at least 90 % turn a test red",
  run: async (context) => {
    const files = chooseFiles(context);
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-stryker-"));
    try {
      const report = await runStryker(directory, files);
      const mutants = Object.entries(report.files).flatMap(([file, found]) =>
        found.mutants.map((mutant) => ({ ...mutant, file, line: lineOf(found.source, mutant) })),
      );
      const count = (...wanted: Status[]): number =>
        mutants.filter(({ status }) => wanted.includes(status)).length;
      const killed = count("Killed", "Timeout");
      const alive = mutants.filter(
        ({ status }) => status === "Survived" || status === "NoCoverage",
      );
      const survived = alive.filter((mutant) => !isExplained(mutant));
      for (const { file, line, mutatorName, replacement = "" } of survived.slice(
        0,
        survivors_shown,
      ))
        context.say(`survived: ${file}: ${line}: ${mutatorName}: ${replacement}`);
      const share = killed / (killed + survived.length);
      if (!(share >= killed_min))
        throw new CheckFailure(`Only ${String(Math.round(share * 1_000) / 10)} % were killed.`);
      return {
        figures: {
          files: files.length,
          mutants: killed + survived.length,
          killed,
          survived: survived.length,
          "% killed": Math.floor(share * 1_000) / 10,
          "left out, because they change nothing (prove/stryker/explained.ts)":
            alive.length - survived.length,
          "left out, because only the text of an error changes": count("Ignored"),
        },
        trials: 0,
      };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

const lineOf = (source: string, { location }: Mutant): string =>
  (source.split("\n")[location.start.line - 1] ?? "").trim();

const isExplained = (mutant: { readonly file: string; readonly line: string }): boolean =>
  explained.some(
    ({ file, line }) => mutant.file === `src/${file}.ts` && mutant.line.includes(line),
  );

/** The short form takes another file with each seed. */
function chooseFiles({ is_full, seed }: CheckContext): readonly string[] {
  return is_full ? mutated : [mutated[seed % mutated.length] ?? mutated[0]];
}

async function runStryker(directory: string, files: readonly string[]): Promise<Report> {
  const report_file = path.join(directory, "report.json");
  const options_file = path.join(directory, "stryker.config.json");
  const options = {
    mutate: files.map((name) => `src/${name}.ts`),
    testRunner: "vitest",
    vitest: { configFile: "prove/stryker/vitest.config.ts", related: false },
    plugins: ["@stryker-mutator/vitest-runner", "./prove/stryker/ignore-error-texts.js"],
    ignorers: ["error-texts"],
    reporters: ["json"],
    jsonReporter: { fileName: report_file },
    coverageAnalysis: "perTest",
    concurrency: 2,
    timeoutMS: timeout_ms,
    tempDirName: path.join(directory, "sandbox"),
    ignorePatterns: ["dist", ".local", ".wrangler"],
    allowConsoleColors: false,
  };
  await writeFile(options_file, JSON.stringify(options));
  const program = path.join(project_directory, "node_modules/@stryker-mutator/core/bin/stryker.js");
  const child = spawn(process.execPath, [program, "run", options_file], { cwd: project_directory });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  await once(child, "close");
  const text = await readFile(report_file, "utf8").catch(() => "");
  if (text === "")
    throw new CheckFailure(`Stryker did not report:\n${output.join("").slice(-2_000)}`);
  return JSON.parse(text) as Report;
}
