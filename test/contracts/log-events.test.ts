import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { log_events, type FactsOf } from "../../src/log-events.ts";
import { log } from "../../src/log.ts";

const root = path.join(import.meta.dirname, "../..");
const operations = readFileSync(path.join(root, "docs/operations.md"), "utf8");
const source = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "log-events.ts")
  .map((file) => readFileSync(path.join(root, "src", file), "utf8"))
  .join("\n");

const names = Object.keys(log_events).sort();

/** The rows of a table of docs/operations.md, by their first cell. */
function rowsOf(marker: string): Map<string, string[]> {
  const [, section = ""] = operations.split(`<!-- ${marker} -->\n\n`);
  const [table = ""] = section.split("\n\n");
  const rows = table.matchAll(/^\| `(\w+)` \|(.*)\|$/gm);
  return new Map(
    [...rows].map(([, name = "", rest = ""]) => [name, rest.split("|").map((c) => c.trim())]),
  );
}

test("every event that the code logs is in the catalogue, and every event of the catalogue is logged", () => {
  // An event that is not in the catalogue does not compile. An event that nothing logs any more is
  // found here.
  expect(names.filter((name) => !source.includes(`"${name}"`))).toEqual([]);
});

test("the runbook explains every event and no other", () => {
  const rows = rowsOf("log events");
  expect([...rows.keys()].sort()).toEqual(names);
  for (const cells of rows.values()) expect(cells.filter((cell) => cell !== "")).toHaveLength(3);
});

test("the runbook's table of log lines has the level and the members of every event", () => {
  const documented = Object.fromEntries(
    [...rowsOf("log lines")].map(([name, [level, members = ""]]) => [
      name,
      { level, facts: [...members.matchAll(/`(\w+)`/g)].map(([, member]) => member) },
    ]),
  );
  const of_error = ["error", "message", "error_code", "constraint", "routine", "stack", "cause"];
  const catalogue = Object.fromEntries(
    Object.entries(log_events).map(([name, { level, facts }]) => [
      name,
      {
        level,
        // The seven of an error are written as one word.
        facts: facts.includes("stack" as never)
          ? [...facts.filter((fact) => !of_error.includes(fact)), "error"]
          : [...facts],
      },
    ]),
  );
  expect(documented).toEqual(catalogue);
});

test.each([
  ["request", "log"],
  ["redis_break", "warn"],
  ["job_failed", "error"],
] as const)("%s goes to console.%s, from which a dashboard takes its severity", (event, method) => {
  const written = vi.spyOn(console, method).mockImplementation(() => undefined);
  log(event, {} as FactsOf<typeof event>);
  const [[line = ""] = []] = written.mock.calls as string[][];
  written.mockRestore();
  expect(JSON.parse(line)).toMatchObject({ event, level: log_events[event].level });
});
