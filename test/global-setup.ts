import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { TestProject } from "vitest/node";
import type { Servers } from "./servers.ts";

declare module "vitest" {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a declaration can only be merged as an interface
  interface ProvidedContext extends Servers {}
}

const without_worker = ["sql", "start"];

/** Starts what the tests of a project share, once for a run. Some need no Worker. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const child = fork(path.join(import.meta.dirname, "servers.ts"), [
    without_worker.includes(project.name) ? "without-worker" : "with-worker",
  ]);
  const ended = once(child, "exit");
  const [message] = (await Promise.race([once(child, "message"), ended])) as [unknown];
  if (!isReady(message)) throw new Error("The servers of the tests did not start; see above.");
  for (const name of Object.keys(message.servers) as (keyof Servers)[]) {
    project.provide(name, message.servers[name]);
  }
  return async () => {
    child.disconnect();
    await ended;
  };
}

function isReady(message: unknown): message is { servers: Servers } {
  return typeof message === "object" && message !== null && "servers" in message;
}
