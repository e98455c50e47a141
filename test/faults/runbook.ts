import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, symlink } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";

const root = path.join(import.meta.dirname, "../..");
const operations = readFileSync(path.join(root, "docs/operations.md"), "utf8");

/**
 * All code below a heading of docs/operations.md: each line of its blocks of shell, its other
 * blocks, its code spans.
 */
function codesUnder(heading: string): string[] {
  const [, section] =
    new RegExp(`^#+ ${heading}\\n([^]*?)(?=^#+ |(?![^]))`, "m").exec(operations) ?? [];
  if (section === undefined) throw new Error(`docs/operations.md has no heading "${heading}".`);
  const blocks = [...section.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].flatMap(
    ([, language, code = ""]) => (language === "sh" ? code.split("\n") : [code]),
  );
  const spans = [...section.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/`([^`]+)`/g)];
  return [...blocks, ...spans.map(([, code = ""]) => code.replaceAll("\n", " "))];
}

/**
 * The code below a heading of the runbook that has these words in it, as it stands there, with what
 * a reader fills in.
 *
 * @param filled what replaces which words: `{ "ada@example.com": email }`.
 */
export function asWritten(
  heading: string,
  words: string,
  filled: Readonly<Record<string, string>> = {},
): string {
  const code = codesUnder(heading).find((candidate) => candidate.includes(words));
  if (code === undefined) throw new Error(`Below "${heading}" nothing says ${words}.`);
  return Object.entries(filled).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`"${before}" has no ${from} to be filled in.`);
    return before.replaceAll(from, () => to);
  }, code);
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of shell of the runbook, run by bash in a checkout. */
export async function runLine(
  line: string,
  {
    directory,
    environment = {},
  }: { directory: string; environment?: Readonly<Record<string, string>> },
): Promise<Ran> {
  if (line.includes("…")) throw new Error(`Something is not filled in: ${line}`);
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("bash", ["-c", line], {
    cwd: directory,
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** What the commands of the runbook need of a checkout, in a folder where they may leave files. */
export async function makeCheckout(directory: string): Promise<void> {
  for (const name of ["package.json", "wrangler.toml", "scripts", "local", "src", "migrations"])
    await cp(path.join(root, name), path.join(directory, name), { recursive: true });
  await symlink(path.join(root, "node_modules"), path.join(directory, "node_modules"));
}
