import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { reportFailure, ExplainedError } from "../local/explained-error.ts";
import { createJwtKeys } from "../local/secrets.ts";
import { problemsOf } from "../src/env.ts";

interface JwtKeys {
  readonly active: string;
  readonly keys: Readonly<Record<string, string>>;
}

const usage = `npm run --silent create:keys                                  a new JWT_KEYS
npm run --silent create:keys -- add < keys.json               adds a key that only verifies
npm run --silent create:keys -- activate <kid> < keys.json    makes that key the one that signs
npm run --silent create:keys -- remove <kid> < keys.json      removes a key`;

/**
 * The value of the secret JWT_KEYS after one step. A key is rotated in three steps, because Workers
 * around the world do not change at the same instant. A Worker refuses a token that is signed with
 * a key that it does not know yet.
 *
 * @param current the present value; undefined makes the first one.
 * @throws {ExplainedError} when the value is not valid, or the step does not fit it.
 */
export function changeKeys(
  current: string | undefined,
  step = "",
  kid = "",
  today = new Date(),
): string {
  const day = today.toISOString().slice(0, 10);
  if (current === undefined) return createJwtKeys(day);
  const problems = problemsOf({ JWT_KEYS: current }).filter((problem) =>
    problem.startsWith("JWT_KEYS"),
  );
  if (problems.length > 0)
    throw new ExplainedError(`Standard input holds no JWT_KEYS. ${problems.join("; ")}`);
  // problemsOf has just checked its shape.
  const { active, keys } = JSON.parse(current) as JwtKeys;
  if (step === "add") {
    const added = JSON.parse(createJwtKeys(day)) as JwtKeys;
    return JSON.stringify({ active, keys: { ...keys, ...added.keys } });
  }
  if (!Object.hasOwn(keys, kid)) {
    throw new ExplainedError(
      `There is no key "${kid}"; there are: ${Object.keys(keys).join(", ")}.`,
    );
  }
  if (step === "activate") return JSON.stringify({ active: kid, keys });
  if (kid === active)
    throw new ExplainedError(`The key "${kid}" is the active one: activate another first.`);
  return JSON.stringify({
    active,
    keys: Object.fromEntries(Object.entries(keys).filter(([name]) => name !== kid)),
  });
}

async function main([step, kid, ...more]: readonly string[]): Promise<void> {
  const is_known = step === undefined || ["add", "activate", "remove"].includes(step);
  const needs_kid = step === "activate" || step === "remove";
  if (!is_known || needs_kid !== (kid !== undefined) || more.length > 0)
    throw new ExplainedError(usage);
  if (step !== undefined && process.stdin.isTTY) {
    throw new ExplainedError(`Give the present JWT_KEYS on standard input.\n${usage}`);
  }
  const current = step === undefined ? undefined : (await text(process.stdin)).trim();
  const changed = changeKeys(current, step, kid);
  const { active, keys } = JSON.parse(changed) as JwtKeys;
  process.stdout.write(`${changed}\n`);
  process.stderr.write(
    `Signs with ${active}, accepts ${Object.keys(keys).join(", ")}. It is not shown again: ` +
      "keep it where you keep secrets.\n",
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    process.exitCode = reportFailure(error);
  });
}
