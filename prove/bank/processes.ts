import { readFile, readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { sendSignal } from "../../local/child-process.ts";

/**
 * The children of all threads of a process. Linux only, like everything here that kills a server.
 */
async function childrenOf(parent: number): Promise<number[]> {
  const tasks = `/proc/${String(parent)}/task`;
  const threads = await readdir(tasks).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`${tasks}/${thread}/children`, "utf8").catch(() => "")),
  );
  return lists.flatMap((list) =>
    list
      .split(" ")
      .filter((pid) => pid !== "")
      .map(Number),
  );
}

/** The processes below this one whose command line contains a word. */
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

/** SIGKILL to a process and its children at once, and waits until all of them have ended. */
export async function killWithChildren(pid: number): Promise<void> {
  sendSignal(pid, "SIGSTOP");
  const pids = [pid, ...(await childrenOf(pid))];
  for (const each of pids) sendSignal(each, "SIGKILL");
  for (const each of pids) while (await isRunning(each)) await delay(5);
}

/**
 * A zombie has ended: it has closed its files, and only its parent has not asked for its exit code
 * yet.
 */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8").catch(() => "");
  // The name stands in parentheses and may contain anything; the state comes after it.
  const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  return state !== "" && state !== "Z" && state !== "X";
}
