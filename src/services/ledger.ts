import { call } from "../database/call.ts";
import type { Answer } from "../database/statement.ts";
import type { Verification } from "../schemas/ledger.ts";
import { bodyOf, read } from "./database-calls.ts";
import type { RequestContext } from "./request-context.ts";

/** A part is 10,000 rows, so no request could wait for so many parts. */
const parts_max = 100_000;
const violations_max = 1_000;
/**
 * There is one account for each currency, and one call handles several. The next run does the rest.
 */
const checkpoint_calls_max = 20;

/**
 * Recomputes every invariant of the ledger from the first row, in parts that each fit into a
 * statement's time limit.
 */
export const verifyLedger = (context: RequestContext): Promise<Verification> =>
  verify((position) => read(context, "verify_ledger_part", { position }));

/** Verifies what was posted since the last run. A violation is reported again by every run. */
export const verifyNewEntries = (context: RequestContext): Promise<Verification> =>
  verify((position) => call(context.database, "verify_new_entries", { position }));

/** Verifies the next part of a round through the whole ledger. The database stores the position. */
export async function verifyNextPart(context: RequestContext): Promise<Verification> {
  const part: Verification = { ok: true, checked: {}, violations: [] };
  addPart(part, bodyOf(await call(context.database, "verify_next_part", {})));
  return part;
}

/** Takes checkpoints of internal accounts, so that no balance is summed from the first entry. */
export async function checkpointInternalBalances(context: RequestContext): Promise<void> {
  let position: string | undefined;
  for (let count = 0; count < checkpoint_calls_max; count += 1) {
    const answer = await call(context.database, "checkpoint_internal_balances", { position });
    if (answer.next_position === null) return;
    position = answer.next_position;
  }
}

async function verify(
  verifyPart: (position: string | undefined) => Promise<Answer>,
): Promise<Verification> {
  const whole: Verification = { ok: true, checked: {}, violations: [] };
  let position: string | undefined;
  for (let part = 0; part < parts_max; part += 1) {
    const answer = await verifyPart(position);
    addPart(whole, bodyOf(answer));
    if (answer.next_position === null) return whole;
    position = answer.next_position;
  }
  throw new Error("The verification did not come to its end.");
}

function addPart(whole: Verification, body: string): void {
  // The verify_ functions make this object.
  const part = JSON.parse(body) as Omit<Verification, "ok">;
  for (const [kind, rows] of Object.entries(part.checked)) {
    whole.checked[kind] = (whole.checked[kind] ?? 0) + rows;
  }
  whole.ok &&= part.violations.length === 0;
  whole.violations.push(...part.violations.slice(0, violations_max - whole.violations.length));
}
