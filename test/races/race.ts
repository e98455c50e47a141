import type { Client } from "pg";
import { expect } from "vitest";
import type { Bank, Violation } from "../harness/bank.ts";

type Task<Result> = (session: Client) => Promise<Result>;

/**
 * Runs each of the tasks in a session of its own. They begin when all sessions are connected. A
 * race asks who wins, and not how long it takes on this machine, so these sessions wait longer than
 * the Worker's.
 */
export async function raceInSessions<Result>(
  bank: Bank,
  tasks: readonly Task<Result>[],
): Promise<Result[]> {
  const started = await Promise.all(
    tasks.map(async (task) => ({ task, session: await bank.session() })),
  );
  try {
    await Promise.all(
      started.map(({ session }) =>
        session.query("set lock_timeout = '15s'; set statement_timeout = '15s'"),
      ),
    );
    return await Promise.all(started.map(({ task, session }) => task(session)));
  } finally {
    await Promise.all(started.map(({ session }) => session.end()));
  }
}

/**
 * The same, but the account is locked until every task waits for a lock, so that all tasks are
 * under way together.
 */
export async function raceForAccount<Result>(
  bank: Bank,
  account_id: string,
  tasks: readonly Task<Result>[],
): Promise<Result[]> {
  const holder = await bank.session("superuser");
  await holder.query("begin");
  await holder.query("select from bank.accounts where id = $1 for no key update", [account_id]);
  let waiting = 0;
  return raceInSessions(
    bank,
    tasks.map((task) => async (session: Client) => {
      const result = task(session);
      await bank.untilBlocked(session, result);
      waiting += 1;
      if (waiting === tasks.length) await holder.query("commit");
      return result;
    }),
  );
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
