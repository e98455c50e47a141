import { inject, onTestFinished } from "vitest";
import type { WorkerOptions } from "../../local/worker/run-worker.ts";
import { startFaultProxy, type FaultProxy } from "../harness/fault-proxy.ts";
import { settingsOfRun } from "../harness/own-worker.ts";
import { runServer, type RunningServer, type ServerRuntime } from "../harness/run-server.ts";

/** The tests here run only where the run is about a server. */
export const runtime = inject("runtime") as ServerRuntime;

/** One more server on the bank of this run, for this test. */
export async function startOwnServer(changes: Partial<WorkerOptions> = {}): Promise<RunningServer> {
  const server = await runServer(runtime, { ...settingsOfRun(), ...changes });
  onTestFinished(() => server.stop());
  return server;
}

/** The same, behind a proxy that a test can break. */
export async function startServerBehindProxy(): Promise<{
  server: RunningServer;
  proxy: FaultProxy;
}> {
  const url = new URL(inject("bank_api_url"));
  const proxy = await startFaultProxy(Number(url.port));
  onTestFinished(() => proxy.stop());
  url.port = String(proxy.port);
  return { server: await startOwnServer({ database_url: url.href }), proxy };
}
