/**
 * How much CPU does it cost the Worker to send one statement? This measures, in turn, pg's client,
 * the project's own connection, opened for each statement and lent, and postgres.js. All run in
 * workerd, behind the pool of `npm start`.
 *
 *   npm run bench:drivers [rounds] [seconds of each measurement]
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { startPostgresPool } from "../local/pool/postgres-pool.ts";
import { startPostgres } from "../local/postgres/start-postgres.ts";
import { wranglerEnvironment } from "../local/worker/wrangler-environment.ts";
import { describeSpread } from "./bank.ts";
import { workerdCpuMs } from "./workerd-cpu.ts";

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 2);
const callers = 16;
const names = ["nothing", "pg", "hyperdrive_connection", "lent_connection", "postgres_js"];
const root = path.join(import.meta.dirname, "..");

await using stops = new AsyncDisposableStack();
const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bench-"));
stops.defer(() => rm(directory, { recursive: true, force: true }));
const postgres = await startPostgres({ directory: path.join(directory, "postgres") });
stops.defer(() => postgres.stop());
const pool = await startPostgresPool(postgres.url);
stops.defer(() => pool.stop());

/** Bundles and minifies the script as Wrangler does for the bank's own Worker. */
async function bundle(): Promise<string> {
  const config = path.join(directory, "wrangler.json");
  await writeFile(
    config,
    JSON.stringify({
      name: "drivers",
      main: path.join(import.meta.dirname, "drivers-worker.ts"),
      compatibility_date: "2026-10-23",
      minify: true,
      keep_names: false,
    }),
  );
  const wrangler = path.join(root, "node_modules/wrangler/bin/wrangler.js");
  const outdir = path.join(directory, "bundle");
  await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--config", config, "--outdir", outdir],
    { cwd: root, env: { ...process.env, ...wranglerEnvironment(directory) } },
  );
  const script = (await readdir(outdir)).find((name) => name.endsWith(".js")) ?? "";
  return readFile(path.join(outdir, script), "utf8");
}

async function ask(url: string): Promise<number> {
  let asked = 0;
  const over_at = performance.now() + seconds * 1_000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < over_at) {
        const response = await fetch(url);
        const answer = await response.text();
        if (!response.ok) throw new Error(answer);
        asked += 1;
      }
    }),
  );
  return asked;
}

const config = {
  name: "drivers",
  compatibilityDate: "2026-10-23",
  manifest: {
    mainModule: "worker.js",
    modules: { "worker.js": { type: "esm", contents: await bundle() } },
  },
  env: { HYPERDRIVE: { type: "hyperdrive", id: "bank", dev: { connectionString: pool.url } } },
} as const;
const miniflare = new Miniflare({ workers: [{ config }] });
stops.defer(() => miniflare.dispose());
const { origin } = await miniflare.ready;

const cpu_us = new Map<string, number[]>(names.map((name) => [name, []]));
const per_second = new Map<string, number[]>(names.map((name) => [name, []]));
for (const name of names) await ask(`${origin}/${name}`);
for (let round = 0; round < rounds; round += 1) {
  for (const name of names) {
    const before_ms = await workerdCpuMs();
    const asked = await ask(`${origin}/${name}`);
    const spent_ms = (await workerdCpuMs()) - before_ms;
    cpu_us.get(name)?.push((spent_ms / asked) * 1_000);
    per_second.get(name)?.push(asked / seconds);
  }
}
console.log(
  "| driver | workerd's CPU a request, µs: median (least to most) | " +
    "requests/s |\n| --- | --- | --- |",
);
for (const name of names) {
  console.log(
    `| ${name} | ${describeSpread(cpu_us.get(name) ?? [])} | ` +
      `${describeSpread(per_second.get(name) ?? [])} |`,
  );
}
