import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ProvidedContext } from "vitest";
import type { TestProject } from "vitest/node";
import type { Part, Servers } from "./servers.ts";

declare module "vitest" {
  // A declaration can only be merged as an interface.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface ProvidedContext extends Servers {}
}

/** Starts, once for a run, what the projects share whose tests are about to run. */
export default async function setup(root: TestProject): Promise<(() => Promise<void>) | undefined> {
  const asked = root.vitest.projects.flatMap((project) => askedBy(project) ?? []);
  if (root.vitest.projects.every((project) => askedBy(project) === undefined)) return undefined;
  const child = fork(path.join(import.meta.dirname, "servers.ts"), asked);
  const ended = once(child, "exit");
  const [message] = (await Promise.race([once(child, "message"), ended])) as [unknown];
  if (!isReady(message)) throw new Error("The servers of the tests did not start; see above.");
  for (const name of Object.keys(message.servers) as (keyof Servers)[]) {
    root.provide(name, message.servers[name]);
  }
  return async () => {
    child.disconnect();
    await ended;
  };
}

function isReady(message: unknown): message is { servers: Servers } {
  return typeof message === "object" && message !== null && "servers" in message;
}

/** Undefined for a project that shares nothing, and for one that has no test in this run. */
function askedBy(project: TestProject): readonly Part[] | undefined {
  const provided: Partial<ProvidedContext> = project.getProvidedContext();
  return provided.asked_parts;
}
