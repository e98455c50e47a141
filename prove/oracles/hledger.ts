import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { CheckFailure } from "../check.ts";
import type { Posting } from "./postings.ts";

const run = promisify(execFile);
const output_max = 256 * 1_048_576;

export async function requireHledger(): Promise<string> {
  const { stdout } = await run("hledger", ["--version"]).catch(() => {
    throw new CheckFailure("There is no hledger here. Debian has it: apt-get install hledger.");
  });
  return stdout.trim();
}

/** The ledger as a journal. Each posting asserts the balance that it leaves. */
export function journalOf(postings: readonly Posting[]): string {
  const line = (
    account: string,
    amount: string,
    currency: string,
    balance: string | null,
  ): string =>
    `    ${account}  ${amount} ${currency}${balance === null ? "" : ` = ${balance} ${currency}`}`;
  const currencies = [...new Set(postings.map(({ currency }) => currency))];
  return [
    ...currencies.map((currency) => `commodity 1000. ${currency}`),
    ...postings.map(({ id, day, from, to, amount, currency, from_balance, to_balance }) =>
      [
        "",
        `${day} ${id}`,
        line(from, `-${amount}`, currency, from_balance),
        line(to, amount, currency, to_balance),
      ].join("\n"),
    ),
    "",
  ].join("\n");
}

/**
 * The complaint of hledger about the journal, with all balance assertions checked. Undefined when
 * it has none.
 */
export async function complaintOfHledger(file: string): Promise<string | undefined> {
  return run("hledger", ["check", "-f", file, "ordereddates"]).then(
    () => undefined,
    (error: unknown) => String((error as { stderr?: string }).stderr ?? error),
  );
}

/** The balance of each account, as hledger adds it up. */
export async function balancesOfHledger(file: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run(
    "hledger",
    ["balance", "-f", file, "--flat", "--empty", "--no-total", "--output-format", "csv"],
    { maxBuffer: output_max },
  );
  const rows = stdout.trim().split("\n").slice(1);
  return new Map(
    rows.map(
      (row) => [...row.matchAll(/"([^"]*)"/g)].map(([, cell = ""]) => cell) as [string, string],
    ),
  );
}

/** The journal with one unit more in the posting in its middle. hledger must see that. */
export async function writeTampered(file: string, postings: readonly Posting[]): Promise<void> {
  const middle = Math.floor(postings.length / 2);
  const tampered = postings.map((posting, index) =>
    index === middle ? { ...posting, amount: String(BigInt(posting.amount) + 1n) } : posting,
  );
  await writeFile(file, journalOf(tampered));
}
