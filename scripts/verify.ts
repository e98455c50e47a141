import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { wranglerEnvironment } from "../local/worker/wrangler-environment.ts";
import { openApiDocument } from "../src/openapi.ts";
import { complainOfBundleSize } from "./bundle-size.ts";

const root = path.join(import.meta.dirname, "..");

/** The same options as in `npm run write:types`. */
const worker_types = [
  "worker-configuration.d.ts",
  "--include-runtime=false",
  "--strict-vars=false",
];

// Redocly would otherwise look for a newer version of itself and report its use.
const quiet_redocly = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };

interface Check {
  readonly name: string;
  readonly run: () => Promise<string | undefined>;
}

/**
 * `npm run verify`: what CI checks before it starts a database. Each check returns its complaint.
 */
const checks: readonly Check[] = [
  { name: "types", run: () => runProgram("tsc", ["--noEmit"]) },
  { name: "format", run: () => runProgram("prettier", ["--check", "--log-level", "warn", "."]) },
  {
    name: "lint, with the directions of imports",
    run: () =>
      runProgram("eslint", "--cache --cache-location dist/eslint/ --max-warnings 0 .".split(" ")),
  },
  {
    name: "nothing unused: files, exports, dependencies",
    run: () => runProgram("knip", ["--no-progress"]),
  },
  { name: "openapi.json is fresh", run: compareOpenApi },
  {
    name: "openapi.json keeps the rules of redocly.yaml",
    run: () => runProgram("redocly", ["lint", "openapi.json"]),
  },
  {
    // One after the other, because both run wrangler's build, which writes the same assets.
    name: "worker-configuration.d.ts is fresh, and the Worker's bundle is small",
    run: async () =>
      (await runProgram("wrangler", ["types", ...worker_types, "--check"])) ??
      (await complainOfBundleSize()),
  },
];

async function runProgram(
  name: string,
  parameters: readonly string[],
): Promise<string | undefined> {
  const child = spawn(path.join(root, "node_modules/.bin", name), parameters, {
    cwd: root,
    env: {
      ...process.env,
      ...wranglerEnvironment(path.join(root, "dist/wrangler")),
      ...quiet_redocly,
    },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  }
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0 ? undefined : output.join("");
}

async function compareOpenApi(): Promise<string | undefined> {
  const committed = await readFile(path.join(root, "openapi.json"), "utf8").catch(() => "");
  const current = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  return committed === current ? undefined : "It differs from the routes: npm run write:openapi\n";
}

const complaints = await Promise.all(
  checks.map(async ({ name, run }) => {
    const started_at = performance.now();
    const complaint = await run();
    const seconds = ((performance.now() - started_at) / 1000).toFixed(1);
    process.stdout.write(
      `${complaint === undefined ? "ok    " : "failed"} ${seconds.padStart(5)} s  ${name}\n`,
    );
    return complaint;
  }),
);
for (const complaint of complaints)
  process.stdout.write(complaint === undefined ? "" : `\n${complaint}`);
process.exitCode = complaints.every((complaint) => complaint === undefined) ? 0 : 1;
