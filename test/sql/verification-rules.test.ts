import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.join(import.meta.dirname, "../..");
const folder = path.join(root, "migrations/functions/verification");
const read = (file: string): string => readFileSync(file, "utf8");

/** Each rule is one query that begins with its name. */
const rules = readdirSync(folder)
  .filter((file) => file.startsWith("violations_of_"))
  .flatMap((file) => [...read(path.join(folder, file)).matchAll(/^ *select '([a-z_]+)',/gm)])
  .map(([, name = ""]) => name);

test("a rule is one query with a name of its own", () => {
  expect(rules.length).toBeGreaterThan(20);
  expect(new Set(rules).size).toBe(rules.length);
});

test("the table of rules in docs/architecture.md names each of them once, and no other", () => {
  const [, section = ""] = read(path.join(root, "docs/architecture.md")).split(
    "### Verification rules\n",
  );
  const [table = ""] = section.split("\n##");
  const listed = [...table.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual([...rules].sort());
});

test("each rule is seen broken by a test", () => {
  const tests = readdirSync(import.meta.dirname)
    .filter((file) => /^(verif|tampering)/.test(file))
    .map((file) => read(path.join(import.meta.dirname, file)))
    .join("\n");
  expect(rules.filter((rule) => !new RegExp(`\\b${rule}\\b`).test(tests))).toEqual([]);
});
