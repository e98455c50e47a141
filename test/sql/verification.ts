import type { Client } from "pg";
import type { Bank, Violation } from "../harness/bank.ts";

interface Run {
  readonly checked: Record<string, number>;
  readonly violations: Violation[];
  readonly parts: number;
}

/** The whole verification as the Worker asks for it, part by part. */
export async function verifyInParts(
  bank: Bank,
  session?: Client,
  named: Readonly<Record<string, unknown>> = {},
): Promise<Run> {
  const p_actor = await bank.admin();
  return inParts((p_position) =>
    bank.call("verify_ledger_part", { p_actor, p_position, ...named }, session),
  );
}

/** One night's run, in the session of a tampering or outside of it. */
export async function verifyNew(bank: Bank, p_limit = 100, session?: Client): Promise<Run> {
  return inParts((p_position) => bank.call("verify_new_entries", { p_position, p_limit }, session));
}

/** At most 100 parts. */
async function inParts(
  verifyPart: (position: string | null) => ReturnType<Bank["call"]>,
): Promise<Run> {
  const checked: Record<string, number> = {};
  const violations: Violation[] = [];
  let position: string | null = null;
  for (let parts = 1; parts <= 100; parts += 1) {
    const part: Awaited<ReturnType<Bank["call"]>> = await verifyPart(position);
    for (const [what, count] of Object.entries(part.body.checked as Record<string, number>))
      checked[what] = (checked[what] ?? 0) + count;
    violations.push(...part.body.violations);
    position = part.next_position;
    if (position === null) return { checked, violations, parts };
  }
  throw new Error("the verification does not come to an end");
}

/** The whole verification at one moment, as the session of a tampering sees it. */
export async function verifyWhole(session: Client): Promise<Violation[]> {
  const { rows } = await session.query("select bank.verify_ledger() as report");
  return rows[0].report.violations;
}

/** Runs statements that call rows by name, as `:name`; each must find something to change. */
export async function tamper(
  session: Client,
  statements: string,
  rows: Readonly<Record<string, string>>,
): Promise<void> {
  const named = statements.replaceAll(
    /(?<!:):(\w+)/g,
    (_, name: string) => `'${rows[name] ?? `no row ${name}`}'`,
  );
  for (const statement of named.split(";")) {
    const { rowCount } = await session.query(statement);
    if (rowCount === 0) throw new Error(`nothing was tampered with: ${statement}`);
  }
}

export function nameOf({ rule, subject, id }: Violation): string {
  return `${rule} of ${subject} ${String(id)}`;
}
