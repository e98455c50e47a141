import { expect, test } from "vitest";
import { problemsOf } from "../../src/env.ts";
import { runScript } from "./run-script.ts";

interface JwtKeys {
  readonly active: string;
  readonly keys: Readonly<Record<string, string>>;
}

async function createKeys(words: readonly string[] = [], input = ""): Promise<JwtKeys> {
  const { code, stdout, stderr } = await runScript("create-keys.ts", { arguments: words, input });
  expect(code).toBe(0);
  const problems = problemsOf({ JWT_KEYS: stdout.trim() }).filter((text) =>
    text.startsWith("JWT_KEYS"),
  );
  expect(problems).toEqual([]);
  const parsed = JSON.parse(stdout) as JwtKeys;
  // Standard error goes to the screen, and often into a log.
  for (const key of Object.values(parsed.keys)) expect(stderr).not.toContain(key);
  return parsed;
}

const inputOf = (keys: JwtKeys): string => `${JSON.stringify(keys)}\n`;

test("a new JWT_KEYS has one key of 32 bytes, and no two keys are the same", async () => {
  const [first, second] = await Promise.all([createKeys(), createKeys()]);
  expect(Object.keys(first.keys)).toEqual([first.active]);
  expect(Buffer.from(first.keys[first.active] ?? "", "base64url")).toHaveLength(32);
  expect(first.keys[first.active]).not.toBe(second.keys[second.active]);
});

test("a key is added and activated, and then the old one is removed", async () => {
  const first = await createKeys();
  const added = await createKeys(["add"], inputOf(first));
  expect(added.active).toBe(first.active);
  const next = Object.keys(added.keys).find((kid) => kid !== first.active) ?? "";
  const activated = await createKeys(["activate", next], inputOf(added));
  expect(activated).toEqual({ active: next, keys: added.keys });
  const removed = await createKeys(["remove", first.active], inputOf(activated));
  expect(removed).toEqual({ active: next, keys: { [next]: added.keys[next] } });
});

const one = JSON.stringify({ active: "a", keys: { a: "k".repeat(43) } });

test.each([
  { words: ["add"], input: "a-token-by-mistake", says: /holds no JWT_KEYS/ },
  { words: ["add"], input: "", says: /holds no JWT_KEYS/ },
  { words: ["activate", "b"], input: one, says: /There is no key "b"; there are: a\./ },
  { words: ["remove", "a"], input: one, says: /the active one/ },
  { words: ["activate"], input: one, says: /npm run/ },
  { words: ["rotate"], input: one, says: /npm run/ },
])("$words with $input is refused and prints no keys", async ({ words, input, says }) => {
  const { code, stdout, stderr } = await runScript("create-keys.ts", { arguments: words, input });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/by-mistake|kkkk/);
});
