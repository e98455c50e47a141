import { readFile } from "node:fs/promises";

/** The kernel counts in ticks of 10 ms. */
const ms_per_tick = 10;

/**
 * The user and system time so far of the workerd that is a child of this process. Only on Linux.
 */
export async function workerdCpuMs(): Promise<number> {
  const children = await readFile(`/proc/self/task/${String(process.pid)}/children`, "utf8");
  for (const pid of children.trim().split(" ")) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    if (!stat.includes("(workerd")) continue;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * ms_per_tick;
  }
  throw new Error("no child of this process is workerd");
}
