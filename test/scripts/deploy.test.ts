import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { appendFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, inject, onTestFinished, test } from "vitest";
import { deploy } from "../../scripts/deploy.ts";
import { migrate } from "../../scripts/migrate.ts";
import { smoke } from "../../scripts/smoke.ts";
import { putFakeWranglerOnPath, type FakeWrangler } from "./fake-wrangler.ts";
import {
  copyMigrations,
  scratchDatabase,
  type ScratchOptions,
} from "../harness/scratch-database.ts";

let wrangler: FakeWrangler;

beforeEach(async () => {
  wrangler = await putFakeWranglerOnPath();
  return () => wrangler.remove();
});

/**
 * A zone in front of the bank of this run, which knows what the program `wrangler` has deployed.
 * `passed` is how often it was found ready: on a busy machine Redis may be late, and the smoke test
 * asks again.
 */
async function startZone(isBroken: (version: string, passed: number) => boolean): Promise<string> {
  let passed = 0;
  const zone = createServer((request, response) => {
    void (async () => {
      const override = /="(\w+)"$/.exec(
        String(request.headers["cloudflare-workers-version-overrides"]),
      )?.[1];
      const [largest] = (await wrangler.shares()).toSorted((a, b) => b.percentage - a.percentage);
      const version = override ?? largest?.version_id ?? "";
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (request.url === "/readyz" && isBroken(version, passed)) {
        response.writeHead(500).end("broken");
        return;
      }
      const answer = await fetch(new URL(request.url ?? "/", inject("worker_url")), {
        method: request.method ?? "GET",
        headers:
          request.headers["content-type"] === undefined
            ? {}
            : { "Content-Type": "application/json" },
        redirect: "manual",
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      });
      // fetch has unpacked the body.
      const headers = [...answer.headers].filter(
        ([name]) => !/^content-(encoding|length)$/.test(name),
      );
      const text = await answer.text();
      if (request.url === "/readyz" && text.includes('"status":"ok"')) passed += 1;
      response.writeHead(answer.status, Object.fromEntries(headers)).end(text);
    })();
  });
  zone.listen(0, "127.0.0.1");
  await once(zone, "listening");
  onTestFinished(() => void zone.close());
  return `http://127.0.0.1:${String((zone.address() as AddressInfo).port)}`;
}

interface RollOutOptions extends ScratchOptions {
  readonly watch_seconds?: number;
}

async function rollOut(
  url: string,
  { watch_seconds = 0, is_migrated = true }: RollOutOptions = {},
) {
  const { url: database_url, sql } = await scratchDatabase({ is_migrated });
  const said: string[] = [];
  const failure = await deploy({
    smoke: { url },
    database_url,
    tag: "v1.0.0",
    watch_seconds,
    smoke_pause_ms: 10,
    report: (line) => said.push(line),
  }).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  return { failure, said, database_url, sql };
}

const steps_before_serving = [
  "bank: deployments status",
  "passwords: deployments status",
  "passwords: deploy",
  "bank: versions upload",
];
const steps_of_rollback = ["bank: versions deploy old@100%", "passwords: versions deploy old@100%"];

describe("a rollout", () => {
  test("migrates, uploads, and serves 0, 10 and 100 % of the requests, each share with a smoke test", async () => {
    const { failure, sql } = await rollOut(await startZone(() => false), { is_migrated: false });
    expect(failure).toBeUndefined();
    expect(await wrangler.calls()).toEqual([
      ...steps_before_serving,
      "bank: versions deploy new@0% old@100%",
      "bank: versions deploy new@10% old@90%",
      "bank: versions deploy new@100%",
      "bank: triggers deploy",
    ]);
    expect(await sql("select to_regclass('bank.transfers') as name")).toEqual([
      { name: "bank.transfers" },
    ]);
  });

  test("a version that fails its smoke test is rolled back before it serves anybody", async () => {
    const { failure } = await rollOut(await startZone((version) => version === "new"));
    expect(failure).toMatch(
      /^Rolled back to old: the smoke test failed\.\nit is ready: no\. 500 broken/,
    );
    expect(await wrangler.calls()).toEqual([
      ...steps_before_serving,
      "bank: versions deploy new@0% old@100%",
      ...steps_of_rollback,
    ]);
    expect(await wrangler.shares()).toEqual([{ version_id: "old", percentage: 100 }]);
  });

  test("a version that fails while it is watched is rolled back from 10 %", async () => {
    const zone = await startZone((version, passed) => version === "new" && passed === 2);
    const { failure } = await rollOut(zone, { watch_seconds: 1 });
    expect(failure).toMatch(/^Rolled back to old: it failed while watched/);
    expect((await wrangler.calls()).slice(-4)).toEqual([
      "bank: versions deploy new@0% old@100%",
      "bank: versions deploy new@10% old@90%",
      ...steps_of_rollback,
    ]);
  });

  test("a version that fails once it serves all is rolled back from 100 %", async () => {
    const zone = await startZone((version, passed) => version === "new" && passed === 2);
    expect((await rollOut(zone)).failure).toMatch(/^Rolled back to old/);
    expect((await wrangler.calls()).slice(-3)).toEqual([
      "bank: versions deploy new@100%",
      ...steps_of_rollback,
    ]);
  });

  test.each(["versions upload", "triggers deploy", "deploy"])(
    "is rolled back when wrangler %s fails",
    async (words) => {
      await wrangler.failAt(words);
      const { failure } = await rollOut(await startZone(() => false));
      expect(failure).toMatch(/^Rolled back to old: wrangler .* failed: Cloudflare says no\.$/s);
      expect((await wrangler.calls()).slice(-2)).toEqual(steps_of_rollback);
    },
  );

  test("names the command to run when the rollback fails too", async () => {
    await wrangler.failAt("versions deploy");
    const { failure } = await rollOut(await startZone(() => false));
    expect(failure).toMatch(/^The rollback FAILED: run npx wrangler rollback old --yes\./);
  });

  test("deploys nothing when an applied migration was edited", async () => {
    const { url: database_url } = await scratchDatabase();
    const directory = await copyMigrations();
    await appendFile(path.join(directory, "0002_customers_and_users.sql"), "\n-- edited\n");
    await migrate(database_url, directory);
    const rollout = deploy({
      smoke: { url: inject("worker_url") },
      database_url,
      tag: "v1.0.0",
      watch_seconds: 0,
      smoke_pause_ms: 10,
      report: () => undefined,
    });
    await expect(rollout).rejects.toThrow(/0002_customers_and_users\.sql was edited/);
    expect(await wrangler.calls()).toEqual(steps_before_serving.slice(0, 2));
  });

  test("deploys nothing when the database is away, and says so in one sentence without the password", async () => {
    const rollout = deploy({
      smoke: { url: inject("worker_url") },
      database_url: "postgresql://nobody:hidden@127.0.0.1:1/none",
      tag: "v1.0.0",
      watch_seconds: 0,
      smoke_pause_ms: 10,
      report: () => undefined,
    });
    await expect(rollout).rejects.toThrow(/^The database cannot be reached: [^\n]*127\.0\.0\.1:1$/);
    expect(await wrangler.calls()).toEqual(steps_before_serving.slice(0, 2));
  });
});

describe("the smoke test", () => {
  test("passes at the bank of this run", async () => {
    expect(await smoke({ url: inject("worker_url") })).toEqual([]);
  });

  test("names what is wrong at an address without a bank, and when nobody listens", async () => {
    const stranger = createServer((_request, response) => response.writeHead(200).end("hello"));
    stranger.listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const url = `http://127.0.0.1:${String((stranger.address() as AddressInfo).port)}`;
    const complaints = await smoke({ url, user: { email: "a@b.example", password: "no" } });
    expect(complaints).toHaveLength(10);
    stranger.close();
    stranger.closeAllConnections();
    expect((await smoke({ url: "http://127.0.0.1:1" })).join()).toMatch(/ECONNREFUSED|bad port/);
  });
});
