import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { promisify } from "node:util";
import { CheckFailure } from "../check.ts";

const places = [
  "/usr/lib/postgresql/*/lib/pgxs/src/test/isolation/isolationtester",
  "/usr/lib*/postgresql/pgxs/src/test/isolation/isolationtester",
];

/** PostgreSQL's own test program. It works with a server of any version. */
export function findIsolationTester(): string {
  const program =
    process.env["ISOLATIONTESTER"] ??
    globSync([...places])
      .sort()
      .at(-1);
  if (program !== undefined) return program;
  throw new CheckFailure(
    "There is no isolationtester here. Debian has it in postgresql-client-15; " +
      "else name it in ISOLATIONTESTER.",
  );
}

/** The result of one specification. */
export interface Interleavings {
  readonly permutations: number;
  /** Steps that waited for another session. */
  readonly waits: number;
  readonly complaints: readonly string[];
}

/** Longer than the lock timeout of the sessions, so that no step is cancelled from outside. */
const step_limit_seconds = 30;

export async function runSpecification(
  program: string,
  url: string,
  file: string,
): Promise<Interleavings> {
  const run = promisify(execFile)(program, [url], {
    env: { ...process.env, PGISOLATIONTIMEOUT: String(step_limit_seconds) },
    maxBuffer: 64 * 1_048_576,
  });
  run.child.stdin?.end(await readFile(file));
  const output = await run.then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      throw new CheckFailure(`${file}: ${(error as { stderr?: string }).stderr ?? String(error)}`);
    },
  );
  const [, ...permutations] = output.split("\nstarting permutation: ");
  return {
    permutations: permutations.length,
    waits: output.split("<waiting ...>").length - 1,
    complaints: permutations.flatMap(complaintsOf),
  };
}

/** What a step may answer if it waits for a session that ends only after its own. */
const timed_out = /^(canceling statement due to lock timeout|idempotency_key_in_use)$/;
/**
 * What a step may answer at any time. A read waits a short while for a posting, and then refuses.
 */
const refused = /^(idempotency_key_reused|a posting of the account is under way)$/;

function complaintsOf(permutation: string): string[] {
  const [order = "", ...lines] = permutation.split("\n");
  const errors = lines.flatMap((line) => /^ERROR: {2}(.*)$/.exec(line)?.[1] ?? []);
  const may_time_out = mayWaitForLater(order.split(" "));
  const complaints = errors.filter(
    (error) => !refused.test(error) && !(may_time_out && timed_out.test(error)),
  );
  const verdict = lines.find((line) => /^(whole|BROKEN)/.test(line))?.trimEnd();
  if (verdict !== "whole") complaints.push(verdict ?? "no verdict");
  return complaints.map((complaint) => `${order}: ${complaint}`);
}

/**
 * Whether a session may have to wait for one that ends only after its own end. It begins while
 * another one is open, and ends while one is open. With two sessions, it then lies within the
 * other. With three, two that wait for the first race for the lock that both want next.
 */
function mayWaitForLater(order: readonly string[]): boolean {
  const sessions = [...new Set(order.map(sessionOf))];
  const spans = sessions.map((session) => {
    const places = order.flatMap((step, place) => (sessionOf(step) === session ? [place] : []));
    return { begin: Math.min(...places), end: Math.max(...places) };
  });
  const isOpenAt = (place: number) => spans.some(({ begin, end }) => begin < place && place < end);
  return spans.some(({ begin, end }) => isOpenAt(begin) && isOpenAt(end));
}

const sessionOf = (step: string): string => step.split("_")[0] ?? "";
