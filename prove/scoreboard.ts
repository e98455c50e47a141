import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Check, CheckResult } from "./check.ts";

interface Run {
  readonly seed: number;
  readonly seconds: number;
  readonly is_full: boolean;
  /** The limit that was set, if any. */
  readonly minutes: string | undefined;
}

const document = path.join(import.meta.dirname, "../docs/correctness.md");
const [begin, end] = ["<!-- scoreboard -->", "<!-- /scoreboard -->"];
const headings = ["check", "shows", "figures", "command", "bound", "seeded faults that it saw"];

/**
 * Writes the row of a check into the table of docs/correctness.md: in place of its last one, or at
 * the end.
 */
export async function writeRow(check: Check, result: CheckResult, run: Run): Promise<void> {
  const text = await readFile(document, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${document} has no place for the scoreboard.`);
  const start = `| \`${check.name}\` |`;
  const rows = text
    .slice(from, to)
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  const place = rows.findIndex((row) => row.startsWith(start));
  rows.splice(place === -1 ? rows.length : place, place === -1 ? 0 : 1, rowOf(check, result, run));
  const table = [tableRow(headings), tableRow(headings.map(() => "---")), ...rows].join("\n");
  await writeFile(document, `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`);
}

function rowOf(
  check: Check,
  { figures, trials, caught = [], left_out }: CheckResult,
  run: Run,
): string {
  const figure = Object.entries(figures).map(([name, value]) => `${format(value)} ${name}`);
  if (left_out !== undefined) figure.push(`left out: ${left_out}`);
  const limit = run.minutes === undefined ? "" : `--minutes ${run.minutes} `;
  const form = `${run.is_full ? "--full " : ""}${limit}`;
  return tableRow([
    `\`${check.name}\``,
    check.shows,
    figure.join(", "),
    `\`npm run prove -- ${form}--seed ${String(run.seed)} ${check.name}\`, ` +
      `${String(run.seconds)} s`,
    trials > 0 ? `< ${(3 / trials).toPrecision(1)} (N = ${format(trials)})` : "",
    caught.join(", "),
  ]);
}

const tableRow = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const format = (value: number | string): string =>
  typeof value === "number" ? value.toLocaleString("en-US") : value;
