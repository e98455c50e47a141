import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CheckFailure } from "../check.ts";
import type { Mutant } from "./mutant.ts";

const project_directory = path.join(import.meta.dirname, "../..");
/** Installed or generated folders, which a copy does not need. */
const left_out = new Set(["node_modules", ".git", ".local", ".wrangler", "dist"]);

/** What vitest writes as JSON, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The result of a test run: the number of tests, and the first that failed, if one did. */
export interface TestRun {
  readonly tests: number;
  readonly failed: string | undefined;
}

/** A copy of the project for mistakes, and a database server for its test runs. */
export class MutableProject {
  readonly #directory: string;
  readonly #postgres_url: string;

  private constructor(directory: string, postgres_url: string) {
    this.#directory = directory;
    this.#postgres_url = postgres_url;
  }

  static async create(postgres_url: string): Promise<MutableProject> {
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-mutants-"));
    for (const name of await readdir(project_directory)) {
      if (left_out.has(name)) continue;
      await cp(path.join(project_directory, name), path.join(directory, name), { recursive: true });
    }
    await symlink(
      path.join(project_directory, "node_modules"),
      path.join(directory, "node_modules"),
    );
    return new MutableProject(directory, postgres_url);
  }

  /** Runs the tests that should see the mutant, and mends the file again. */
  async tryMutant(mutant: Mutant): Promise<TestRun> {
    const file = path.join(this.#directory, mutant.file);
    const original = await readFile(file, "utf8");
    if (!original.includes(mutant.from))
      throw new CheckFailure(`"${mutant.name}" no longer fits ${mutant.file}: the text is gone.`);
    await writeFile(
      file,
      original.replaceAll(mutant.from, () => mutant.to),
    );
    try {
      return await this.runTests(mutant.seen_by);
    } finally {
      await writeFile(file, original);
    }
  }

  /** Throws when no test ran at all, because a project that does not start shows nothing. */
  async runTests(names: readonly string[]): Promise<TestRun> {
    const report_file = path.join(this.#directory, "report.json");
    await rm(report_file, { force: true });
    const files = names.map((name) => `test/${name}.test.ts`);
    const projects = [...new Set(names.map((name) => name.split("/")[0] ?? ""))];
    const child = spawn(
      process.execPath,
      [
        path.join(project_directory, "node_modules/vitest/vitest.mjs"),
        "run",
        "--bail=1",
        "--reporter=json",
        `--outputFile=${report_file}`,
        ...projects.flatMap((project) => ["--project", project]),
        ...files,
      ],
      { cwd: this.#directory, env: { ...process.env, DATABASE_URL: this.#postgres_url } },
    );
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
    await once(child, "close");
    const text = await readFile(report_file, "utf8").catch(() => "");
    if (text === "")
      throw new CheckFailure(
        `No test ran of ${names.join(", ")}:\n${output.join("").slice(-2_000)}`,
      );
    return readReport(JSON.parse(text) as Report, names);
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function readReport({ testResults }: Report, names: readonly string[]): TestRun {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed_test = tests.find(({ status }) => status === "failed")?.fullName;
  const failed_file = testResults.find(({ status }) => status === "failed")?.name;
  const failed =
    failed_test ?? (failed_file === undefined ? undefined : path.basename(failed_file));
  const left_out = names.filter(
    (name) => !testResults.some((file) => file.name.endsWith(`/${name}.test.ts`)),
  );
  if (failed === undefined && left_out.length > 0)
    throw new CheckFailure(`These tests did not run: ${left_out.join(", ")}.`);
  return { tests: tests.length, failed };
}
