import type { Client } from "pg";
import type { Bank, Violation } from "./bank.ts";

/** The whole verification as the Worker asks for it, part by part. At most 60 parts. */
export async function verifyInParts(
  bank: Bank,
  session?: Client,
  named: Readonly<Record<string, unknown>> = {},
): Promise<{ checked: Record<string, number>; violations: Violation[]; parts: number }> {
  const p_actor = await bank.admin();
  const checked: Record<string, number> = {};
  const violations: Violation[] = [];
  let p_position: string | null = null;
  let parts = 0;
  do {
    const part: Awaited<ReturnType<Bank["call"]>> = await bank.call(
      "verify_ledger_part",
      { p_actor, p_position, ...named },
      session,
    );
    for (const [what, count] of Object.entries(part.body.checked as Record<string, number>))
      checked[what] = (checked[what] ?? 0) + count;
    violations.push(...part.body.violations);
    p_position = part.next_position;
    parts += 1;
    if (parts > 60) throw new Error("the verification does not come to an end");
  } while (p_position !== null);
  return { checked, violations, parts };
}
