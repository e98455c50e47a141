import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { describeFailure } from "./explained-error.ts";
import { migrate, migrations_directory } from "./migrate.ts";
import { startPostgres } from "./postgres.ts";
import { dumpSchema } from "./schema-dump.ts";

/** `npm run dump:schema`: writes migrations/schema.sql from a database made for it. */
async function main(): Promise<void> {
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
