import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { describeFailure } from "../local/explained-error.ts";
import { migrate } from "./migrate.ts";
import { migrations_directory } from "./migration-files.ts";
import { forgetPostgresVariables } from "../local/postgres/shell-variables.ts";
import { startPostgres } from "../local/postgres/start-postgres.ts";
import { dumpSchema } from "./schema-dump.ts";

/**
 * `npm run dump:schema`: migrates a temporary database and writes its schema to
 * migrations/schema.sql.
 */
async function main(): Promise<void> {
  forgetPostgresVariables(process.env, false);
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-schema-"));
  try {
    const postgres = await startPostgres({ directory, settings: { fsync: "off" } });
    try {
      await migrate(postgres.url);
      const client = new Client({ connectionString: postgres.url });
      await client.connect();
      const text = await dumpSchema(client).finally(() => client.end());
      await writeFile(path.join(migrations_directory, "schema.sql"), text);
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
