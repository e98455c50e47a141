import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { mutants } from "../../prove/mutants/mutants.ts";
import { sql_faults } from "../../prove/seeded/sql-faults.ts";

const project = path.join(import.meta.dirname, "../..");
const textOf = (file: string): string => readFileSync(path.join(project, file), "utf8");

test("every seeded fault changes a text that its file has", () => {
  const gone = sql_faults.flatMap(({ name, file, changes }) =>
    changes
      .filter(([from]) => !textOf(`migrations/functions/${file}`).includes(from))
      .map(() => name),
  );
  expect(gone).toEqual([]);
});

test("every mutant changes a text that its file has, and is seen by tests that exist", () => {
  const gone = mutants
    .filter(({ file, from }) => !textOf(file).includes(from))
    .map(({ name }) => name);
  const without_test = mutants
    .filter(
      ({ seen_by }) =>
        !seen_by.every((name) => existsSync(path.join(project, `test/${name}.test.ts`))),
    )
    .map(({ name }) => name);
  expect({ gone, without_test }).toEqual({ gone: [], without_test: [] });
});
