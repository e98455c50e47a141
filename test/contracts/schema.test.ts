import { readFile } from "node:fs/promises";
import path from "node:path";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { migrations_directory } from "../../scripts/migration-files.ts";
import { dumpSchema } from "../../scripts/schema-dump.ts";

test("schema.sql is what the migrations make; if not, run npm run dump:schema", async () => {
  const client = new Client({ connectionString: inject("postgres_url") });
  await client.connect();
  const current = await dumpSchema(client).finally(() => client.end());
  expect(current).toBe(await readFile(path.join(migrations_directory, "schema.sql"), "utf8"));
});
