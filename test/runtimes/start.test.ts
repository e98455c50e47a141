import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { bank } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import { settingsOfRun } from "../harness/own-worker.ts";
import { startServerProcess } from "../harness/run-server.ts";
import { runtime, startOwnServer } from "./own-server.ts";

/** Starts the program and waits for its end. */
async function runToEnd(vars: Record<string, string>, words: string[] = []) {
  const started = await startServerProcess(runtime, { ...settingsOfRun(), vars }, words);
  onTestFinished(() => started.stop());
  const texts: string[] = [];
  for (const stream of [started.child.stdout, started.child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => texts.push(text));
  await once(started.child, "close");
  return { ...(await started.ended), output: texts.join("") };
}

test.each([
  [{ PORT: "eighty" }, "PORT: "],
  [{ PORT: "65536" }, "PORT: "],
  [{ TRUSTED_PROXIES: "my-proxy" }, "TRUSTED_PROXIES: must be addresses or networks"],
  [{ TRUSTED_PROXIES: "10.0.0.0/33" }, "TRUSTED_PROXIES: must be addresses or networks"],
  [{ DATABASE_CONNECTIONS_MAX: "0" }, "DATABASE_CONNECTIONS_MAX: "],
  [{ JOBS: "maybe" }, "JOBS: "],
])("with %j it does not start, and says why", async (vars, problem) => {
  const { code, output } = await runToEnd(vars);
  expect(code).toBe(1);
  expect(output).toContain('"event":"misconfigured"');
  expect(output).toContain(problem);
});

test("on a port that is taken it does not start, and says why", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { code, output } = await runToEnd({ PORT: String((other.address() as AddressInfo).port) });
  expect(code).toBe(1);
  expect(output).toContain('"event":"server_failed"');
});

test("jobs that nobody knows are an error", async () => {
  const { code } = await runToEnd({}, ["1 2 3 4 5"]);
  expect(code).toBe(1);
});

test("at its start it runs the jobs, unless another server does", async () => {
  const readTimes = () => bank.sql("select name, ran_at from bank.jobs order by name");
  const countNew = async (since: Date): Promise<number> => {
    const rows = await bank.sql("select from bank.jobs where ran_at > $1", [since]);
    return rows.length;
  };
  const before = await readTimes();
  await startOwnServer({ vars: { JOBS: "off" } });
  expect(await readTimes()).toEqual(before);
  const [{ now } = { now: new Date() }] = await bank.sql<{ now: Date }>(
    "select clock_timestamp() as now",
  );
  await startOwnServer({ vars: { JOBS: "on" } });
  await expect.poll(() => countNew(now), { timeout: 20_000 }).toBe(8);
});

test("files of /docs are served as Cloudflare serves them, and no others", async () => {
  const { url } = await startOwnServer();
  const page = await requestAt(url, "GET", "/docs/problems");
  const tag = page.headers.get("ETag") ?? "";
  expect(tag).not.toBe("");
  expect(page.headers.get("Cache-Control")).toBe("public, max-age=0, must-revalidate");
  const again = await requestAt(url, "GET", "/docs/problems", {
    headers: { "If-None-Match": tag },
  });
  expect([again.status, again.text]).toEqual([304, ""]);
  for (const path of [
    "/docs/..%2f..%2fpackage.json",
    "/docs/%2e%2e/%2e%2e/package.json",
    "/docs/..%5c..%5cpackage.json",
    "/docs/%252e%252e/package.json",
    "/docs//etc/passwd",
    "/docs/index.html%00",
    "/docs/%",
  ])
    expect([path, (await requestAt(url, "GET", path)).status]).toEqual([path, 404]);
});
