import { readFile, readlink, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { sendSignal, stopProcess } from "../child-process.ts";
import { ExplainedError } from "../explained-error.ts";

/**
 * Makes sure that a cluster can start after a run that was killed. Postgres takes over a lock whose
 * process has ended. It refuses when another process of the same user has that number now, which is
 * common after a restart of a container. A server that still uses the cluster is shut down first.
 *
 * Call it only when no other run owns the directory.
 */
export async function removeStaleLock(data: string): Promise<void> {
  const lock_file = path.join(data, "postmaster.pid");
  const pid = Number.parseInt(await readFile(lock_file, "utf8").catch(() => ""), 10);
  if (Number.isNaN(pid)) {
    await rm(lock_file, { force: true });
    return;
  }
  if (!isAlive(pid)) return;
  if (!(await worksIn(pid, data))) {
    await rm(lock_file, { force: true });
    return;
  }
  await stopProcess(pid, [{ signal: "SIGINT", patience_ms: 30_000 }]);
  if (isAlive(pid)) {
    throw new ExplainedError(
      `A PostgreSQL of an earlier run (process ${String(pid)}) still uses ${data} and does ` +
        "not stop.",
    );
  }
}

function isAlive(pid: number): boolean {
  try {
    return sendSignal(pid, 0);
  } catch {
    return true;
  }
}

/**
 * Where the kernel does not tell (macOS), the process counts as the server, because refusing is
 * safer.
 */
async function worksIn(pid: number, data: string): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const directory = await readlink(`/proc/${String(pid)}/cwd`).catch(() => undefined);
  return directory === (await realpath(data));
}
