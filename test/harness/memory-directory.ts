import { mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** What a run of all projects needs at the most, with room to spare. */
const needed_bytes = 2 ** 31;

/**
 * A new directory, in memory where Linux has room for it: there PostgreSQL makes a database at half
 * the cost.
 */
export async function createMemoryDirectory(prefix: string): Promise<string> {
  return mkdtemp(path.join(await findParent(), prefix));
}

async function findParent(): Promise<string> {
  if (process.env["TMPDIR"] !== undefined) return tmpdir();
  const memory = await statfs("/dev/shm").catch(() => undefined);
  return memory !== undefined && memory.bavail * memory.bsize >= needed_bytes
    ? "/dev/shm"
    : tmpdir();
}
