/**
 * How much CPU does the Worker use before its first response? This compares a workerd with the
 * production bundle and a workerd with a Worker of one line. Each round starts both again, and
 * measures up to the response of GET /healthz.
 *
 *   npm run bench:startup [rounds]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare } from "miniflare";
import { buildWorker } from "../local/worker/build-worker.ts";
import { describeSpread } from "./bank.ts";
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

const taken_ms = new Map<string, number[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const [name, contents] of Object.entries(scripts)) {
    taken_ms.set(name, [...(taken_ms.get(name) ?? []), await start(contents)]);
  }
}
console.log(
  "| Worker | workerd's CPU up to the first response, ms: median (least to most) |\n| --- | --- |",
);
for (const [name, values] of taken_ms) console.log(`| ${name} | ${describeSpread(values)} |`);
