import { writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import {
  copyMigrations,
  scratchDatabase,
  type ScratchDatabase,
} from "../harness/scratch-database.ts";

let database: ScratchDatabase;
let directory: string;

beforeEach(async () => {
  database = await scratchDatabase({ is_migrated: true });
  directory = await copyMigrations();
});

/** Applies a function `added` with these parameters and this result. */
async function apply(
  schema: "bank" | "bank_internal",
  signature: string,
): Promise<readonly string[]> {
  const text = `-- Added by a test.
create or replace function ${schema}.added(${signature}
language sql stable set search_path = '' as 'select 1';
grant execute on function ${schema}.added to bank_api;
`;
  await writeFile(path.join(directory, "functions/added.sql"), text);
  return (await migrate(database.url, directory)).applied;
}

const present = (): Promise<{ parameters: string; is_granted: boolean }[]> =>
  database.sql(
    `select pg_get_function_arguments(oid) as parameters,
            has_function_privilege('bank_api', oid, 'execute') as is_granted
       from pg_proc where proname in ('added', 'function_before')`,
  );

describe("a function whose signature changes", () => {
  test.each([
    [
      "with a new parameter that has a default",
      "p_a integer, p_b integer default 2) returns integer",
    ],
    [
      "with its parameters in another order",
      "p_b integer default 2, p_a integer default 1) returns integer",
    ],
  ])("%s is replaced, and granted", async (_name, after) => {
    await apply("bank", "p_a integer) returns integer");
    expect(await apply("bank", after)).toEqual(["functions/added.sql"]);
    const [row, ...others] = await present();
    expect(others).toEqual([]);
    expect(row).toEqual({
      parameters: after.split(")")[0]?.replaceAll("default", "DEFAULT"),
      is_granted: true,
    });
    expect(await database.sql("select bank.added(p_a => 1) as answer")).toEqual([{ answer: 1 }]);
  });

  test.each([
    [
      "a new parameter without a default",
      "p_a integer, p_b integer) returns integer",
      /p_b is new and has no default/,
    ],
    ["a parameter that has gone", ") returns integer", /p_a has gone/],
    ["a parameter of another name", "p_b integer default 1) returns integer", /p_a has gone/],
    ["a parameter of another type", "p_a bigint) returns integer", /p_a is bigint and was integer/],
    ["another result", "p_a integer) returns bigint", /returns bigint and not integer/],
  ])(
    "is refused for %s, because the running Worker could not call it",
    async (_name, after, reason) => {
      await apply("bank", "p_a integer) returns integer");
      await expect(apply("bank", after)).rejects.toThrow(reason);
      expect(await present()).toEqual([{ parameters: "p_a integer", is_granted: true }]);
    },
  );

  test("may lose what it had in schema bank_internal, which no Worker calls", async () => {
    await apply("bank_internal", "p_a integer, p_b integer) returns integer");
    await apply("bank_internal", "p_b integer) returns integer");
    expect(await present()).toEqual([{ parameters: "p_b integer", is_granted: true }]);
  });
});
