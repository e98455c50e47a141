import { call, type Answer } from "../database/call.ts";
import type { Verification } from "../schemas/ledger.ts";
import { read } from "./database-calls.ts";
import type { RequestContext } from "./request-context.ts";

/** A part is 20,000 rows, so this many are more than a request could ever wait for. */
const parts_max = 100_000;
const violations_max = 1_000;

/** Recomputes every invariant of the ledger from its first row, part by part: each within a statement's time. */
export const verifyLedger = (context: RequestContext): Promise<Verification> =>
  verify((position) => read(context, "verify_ledger_part", { position }));

/** Verifies what was posted since the last time. What is broken is found again each time. */
export const verifyNewEntries = (context: RequestContext): Promise<Verification> =>
  verify((position) => call(context.database, "verify_new_entries", { position }));

async function verify(verifyPart: (position: string | undefined) => Promise<Answer>): Promise<Verification> {
  const whole: Verification = { ok: true, checked: {}, violations: [] };
  let position: string | undefined;
  for (let part = 0; part < parts_max; part += 1) {
    const answer = await verifyPart(position);
    addPart(whole, answer.body ?? "{}");
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
