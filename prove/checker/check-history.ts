import type { HistoryEvent } from "../history/event.ts";
import type { Anomaly, Report } from "./anomaly.ts";
import { findCycles } from "./cycles.ts";
import { buildGraph } from "./dependency-graph.ts";
import { postedBy, readEvents, type Observed } from "./effects.ts";
import { checkHolds, checkReversals, Holds } from "./holds.ts";
import { checkDeclines, checkLimits } from "./limits.ts";
import { checkRead } from "./reads.ts";
import { checkPostings, checkStatement } from "./statements.ts";
import { Timeline } from "./timeline.ts";

export interface Verdict {
  readonly anomalies: readonly Anomaly[];
  /** Requests that were sent. A repeated key counts each time. */
  readonly requests: number;
  /** Reads and outcomes of writes. Each item of a batch is one outcome. */
  readonly operations: number;
  readonly posted: number;
  readonly declined: number;
  readonly reads: number;
}

export interface CheckOptions {
  /**
   * Reads through the cache may be old: Redis was away. What they show must still have been true
   * once.
   */
  readonly cached_reads_may_be_old?: boolean;
  /** The bank's clock was set back, so a time that a balance was asked for may come again. */
  readonly times_may_come_again?: boolean;
}

const anomalies_max = 200;

/**
 * Judges a history only by what the API promises. It knows no table and no function of the bank.
 * Each finding has a name. If nothing is found, one order of all requests explains every answer,
 * and that order agrees with real time.
 */
export function checkHistory(events: readonly HistoryEvent[], options: CheckOptions = {}): Verdict {
  const anomalies: Anomaly[] = [];
  const report: Report = (name, detail) => {
    if (anomalies.length < anomalies_max) anomalies.push({ name, detail });
  };
  const observed = readEvents(events, report);
  const writers = checkPostings(observed, report);
  for (const account of observed.accounts.values()) checkStatement(account, report);
  const holds = new Holds(observed);
  const timelines = new Map(
    [...observed.accounts.values()].map((account) => [account.id, new Timeline(account, writers)]),
  );
  const ledger = { observed, writers, holds, timelines };
  checkHolds(holds, report);
  checkReversals(observed, report);
  checkLimits(ledger, report);
  checkDeclines(ledger, report);
  const current = observed.reads.filter(
    ({ cached }) => !cached || options.cached_reads_may_be_old !== true,
  );
  const times_are_final = options.times_may_come_again !== true;
  for (const read of current) checkRead(ledger, read, times_are_final, report);
  for (const { name, path } of findCycles(buildGraph(ledger, current, report))) report(name, path);
  const counts = count(observed);
  if (counts.posted === 0) report("empty history", "no transfer was posted");
  return { anomalies, ...counts };
}

function count({ effects, reads, requests }: Observed): Omit<Verdict, "anomalies"> {
  const posted = effects.reduce((sum, effect) => sum + postedBy(effect).length, 0);
  const judged = effects.reduce(
    (sum, { request }) => sum + (request.f === "batch" ? request.transfers.length : 1),
    0,
  );
  const declined = effects.filter((effect) => effect.declined !== undefined).length;
  return { requests, operations: judged + reads.length, posted, declined, reads: reads.length };
}
