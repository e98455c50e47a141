import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { sendSignal } from "./child-process.ts";
import { ExplainedError, reasonOf } from "./explained-error.ts";

export interface DataDirectory {
  release(): Promise<void>;
}

/**
 * Creates the directory and locks it for this process. The lock of a run that was killed is taken
 * over.
 *
 * @throws {ExplainedError} when another run uses it, or it cannot be written.
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const lock_file = path.join(directory, "lock");
  try {
    await mkdir(directory, { recursive: true });
    await takeLock(directory, lock_file);
  } catch (error) {
    if (error instanceof ExplainedError) throw error;
    const reason = reasonOf(error);
    throw new ExplainedError(
      `The data directory ${directory} cannot be used: ${reason}; choose another one with ` +
        "EDGEBANK_DATA_DIR.",
    );
  }
  return { release: () => rm(lock_file, { force: true }) };
}

async function takeLock(directory: string, lock_file: string): Promise<void> {
  const own_mark = `${String(process.pid)} ${await startTime(process.pid)}`;
  if (await createLock(lock_file, own_mark)) return;
  const held_mark = await readFile(lock_file, "utf8").catch(() => "");
  const pid = Number.parseInt(held_mark, 10);
  if (await isHeld(pid, held_mark)) {
    throw new ExplainedError(
      `Process ${String(pid)} runs an Edgebank in ${directory} already: stop it, or choose ` +
        "another directory with EDGEBANK_DATA_DIR.",
    );
  }
  await rename(lock_file, `${lock_file}.stale`).catch(() => undefined);
  if (!(await createLock(lock_file, own_mark))) {
    throw new ExplainedError(`Another Edgebank is just starting in ${directory}.`);
  }
}

async function createLock(lock_file: string, mark: string): Promise<boolean> {
  try {
    await writeFile(lock_file, mark, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function isHeld(pid: number, mark: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid === process.pid) return false;
  try {
    if (!sendSignal(pid, 0)) return false;
  } catch {
    // The process is alive and belongs to another user.
  }
  return mark === `${String(pid)} ${await startTime(pid)}`;
}

/** Tells a process from a later one with the same number. Empty where the kernel does not say. */
async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => "");
  // The name in parentheses may contain anything. The 20th field after it is the start time.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
