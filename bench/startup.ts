/**
 * How much CPU does a start of the Worker take? This compares the bank with a Worker of one line,
 * in two ways: the profile of evaluating the script, and all CPU of a workerd up to its first
 * response, GET /healthz. Each round starts both again.
 *
 *   npm run bench:startup [rounds]
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare } from "miniflare";
import { buildWorker } from "../local/worker/build-worker.ts";
import { describeSpread } from "./bank.ts";
import { profileStart } from "./startup-profile.ts";
import { workerdCpuMs } from "./workerd-cpu.ts";

const rounds = Number(process.argv[2] ?? 7);

await using stops = new AsyncDisposableStack();
const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bench-"));
stops.defer(() => rm(directory, { recursive: true, force: true }));
const scripts = {
  "one line": 'export class Teller {} export default { fetch: () => new Response("ok") }',
  "the bank": await readFile(path.join(await buildWorker(directory), "worker.js"), "utf8"),
};

async function start(contents: string): Promise<number> {
  const config = {
    name: "bank",
    compatibilityDate: "2026-10-23",
    manifest: { mainModule: "worker.js", modules: { "worker.js": { type: "esm", contents } } },
    exports: { Teller: { type: "durable-object", storage: "sqlite" } },
  } as const;
  const miniflare = new Miniflare({ workers: [{ config }], handleStructuredLogs: () => undefined });
  try {
    // Without its settings the bank answers 500, but only after everything has been loaded.
    await (await fetch(new URL("/healthz", await miniflare.ready))).arrayBuffer();
    return await workerdCpuMs();
  } finally {
    await miniflare.dispose();
  }
}

const one_line_config = path.join(directory, "wrangler.json");
await writeFile(path.join(directory, "one-line.js"), scripts["one line"]);
await writeFile(
  one_line_config,
  JSON.stringify({ name: "one-line", main: "one-line.js", compatibility_date: "2026-10-23" }),
);
const configs = {
  "one line": one_line_config,
  "the bank": path.join(import.meta.dirname, "../wrangler.toml"),
};

console.log(
  "| Worker | evaluating the script, ms: median (least to most) | workerd up to the first response, ms |",
);
console.log("| --- | --- | --- |");
const taken_ms = new Map<string, { script: number[]; first_response: number[] }>();
for (let round = 0; round < rounds; round += 1) {
  for (const name of ["one line", "the bank"] as const) {
    const taken = taken_ms.get(name) ?? { script: [], first_response: [] };
    taken.script.push(await profileStart(configs[name], directory));
    taken.first_response.push(await start(scripts[name]));
    taken_ms.set(name, taken);
  }
}
for (const [name, { script, first_response }] of taken_ms)
  console.log(`| ${name} | ${describeSpread(script)} | ${describeSpread(first_response)} |`);
