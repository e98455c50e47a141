import type { Client } from "pg";
import { expect } from "vitest";
import { Bank, type Violation } from "../sql/bank.ts";

/** Runs each of the tasks in a session of its own, all of them released at the same moment. */
export async function raceInSessions<Result>(
  bank: Bank,
  tasks: readonly ((session: Client) => Promise<Result>)[],
): Promise<Result[]> {
  const sessions = await Promise.all(tasks.map(() => bank.session()));
  try {
    return await Promise.all(
      tasks.map((task, index) => {
        const session = sessions[index];
        if (session === undefined) throw new Error("a task has no session");
        return task(session);
      }),
    );
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
}

/** After every race: the ledger finds nothing wrong in itself. */
export async function expectHealthyLedger(bank: Bank): Promise<void> {
  const violations: Violation[] = await bank.verify();
  expect(violations).toEqual([]);
}

/** Numbers from 0 to below `limit`, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
}

export function repeat<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
