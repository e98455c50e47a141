import { readFile, readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { sendSignal } from "../../local/child-process.ts";

/** The children of a process. Linux only, like everything that takes a server away by force here. */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (pid) => ({ pid, parent: await parentOf(pid) })));
  return parents.filter((child) => child.parent === parent).map(({ pid }) => pid);
}

/** A name in parentheses may hold anything; the parent is the second field after it. */
async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => "");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

/** The programs below this process whose command line holds a word. */
export async function ownProcesses(word: string): Promise<number[]> {
  const found: number[] = [];
  let level = [process.pid];
  while (level.length > 0) {
    level = (await Promise.all(level.map(childrenOf))).flat();
    for (const pid of level) {
      const command = await readFile(`/proc/${String(pid)}/cmdline`, "utf8").catch(() => "");
      if (command.includes(word)) found.push(pid);
    }
  }
  return found;
}

/** SIGKILL to a process and its children at once, and waits until none of them is left. */
export async function killWithChildren(pid: number): Promise<void> {
  sendSignal(pid, "SIGSTOP");
  const pids = [pid, ...(await childrenOf(pid))];
  for (const each of pids) sendSignal(each, "SIGKILL");
  while (pids.some(isRunning)) await delay(5);
}

function isRunning(pid: number): boolean {
  return sendSignal(pid, 0);
}
