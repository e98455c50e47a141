import { expect, test } from "vitest";
import { sql } from "../harness.ts";

test("the migrations apply from zero", async () => {
  const [row] = await sql<{ count: string }>("select count(*) from bank_migrations.applied");
  expect(Number(row?.count)).toBeGreaterThan(0);
});
