import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";
import { examineDatabase, examineDatabaseUrl } from "./doctor/examine-database.ts";
import { examineHyperdrive, parseHyperdrive } from "./doctor/examine-hyperdrive.ts";
import { examineRedis } from "./doctor/examine-redis.ts";
import { readBankFacts, type BankFacts } from "./doctor/examine-schema.ts";
import { examineSecrets } from "./doctor/examine-secrets.ts";
import { examineWorker } from "./doctor/examine-worker.ts";
import type { Finding } from "./doctor/finding.ts";
import { withOwner } from "./owner-connection.ts";
import { readWorkerConfig } from "./worker-config.ts";

export interface Patient {
  readonly config: string;
  /** A name under `[env]`; undefined is production. */
  readonly environment?: string | undefined;
  /** A file with the output of `wrangler hyperdrive get <id>`. */
  readonly hyperdrive?: string | undefined;
  /** A file with the output of `wrangler secret list`. */
  readonly secrets?: string | undefined;
  /**
   * The bank that the database should contain, by the id that the doctor printed before the
   * restore.
   */
  readonly bank?: string | undefined;
  /** The environment variables: DATABASE_URL and the Worker's secrets. */
  readonly values: Readonly<Record<string, string | undefined>>;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Facts of the database, if it was reached and contains a bank. */
  readonly facts?: BankFacts | undefined;
  /** What was not examined, and what the doctor needs to examine it. */
  readonly unseen: readonly string[];
}

/**
 * Finds what is wrong with a bank's configuration. Changes nothing.
 *
 * @throws {ExplainedError} when a file cannot be read or is not what it should be.
 */
export async function examine(patient: Patient): Promise<Diagnosis> {
  const { values } = patient;
  const config = readWorkerConfig(patient.config, patient.environment);
  const findings: Finding[] = [...examineWorker(config)];
  const unseen: string[] = [];
  const { vars, secrets } = config;
  const deployed =
    patient.secrets === undefined ? undefined : await readSecretNames(patient.secrets);
  if (deployed === undefined)
    unseen.push(
      "the deployed secrets: npx wrangler secret list >secrets.json, then --secrets secrets.json",
    );
  findings.push(...examineSecrets({ required: secrets?.required ?? [], vars, values, deployed }));

  if (patient.hyperdrive === undefined)
    unseen.push(
      "Hyperdrive: npx wrangler hyperdrive get <id> >hyperdrive.json, " +
        "then --hyperdrive hyperdrive.json",
    );
  else findings.push(...examineHyperdrive(parseHyperdrive(await read(patient.hyperdrive))));

  const {
    DATABASE_URL = "",
    UPSTASH_REDIS_REST_URL: url = "",
    UPSTASH_REDIS_REST_TOKEN: token = "",
  } = values;
  let facts: BankFacts | undefined;
  if (DATABASE_URL === "") {
    unseen.push("PostgreSQL: DATABASE_URL of its owner");
  } else {
    const asked = await askDatabase(DATABASE_URL, patient.bank);
    findings.push(...examineDatabaseUrl(DATABASE_URL), ...asked.findings);
    facts = asked.facts;
  }
  if (url === "" || token === "") {
    unseen.push("Redis: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN");
  } else {
    const read_timeout_ms = Number(vars["REDIS_READ_TIMEOUT_MS"] ?? 150);
    findings.push(...(await examineRedis({ url, token, read_timeout_ms })));
  }
  return { findings, facts, unseen };
}

async function askDatabase(
  database_url: string,
  expected_bank: string | undefined,
): Promise<Pick<Diagnosis, "findings" | "facts">> {
  try {
    return await withOwner(
      { database_url, application_name: "edgebank-doctor" },
      async (client) => {
        const findings = await examineDatabase(client, expected_bank);
        const is_empty = findings.some(({ name }) => name === "schema_missing");
        // If the facts cannot be read, the findings already say why.
        const facts = is_empty ? undefined : await readBankFacts(client).catch(() => undefined);
        return { findings, facts };
      },
    );
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    const mend =
      "Compare DATABASE_URL with what the provider shows: host, port, password, allowed addresses.";
    return { findings: [{ name: "database_away", says: error.message, mend }] };
  }
}

async function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => {
    throw new ExplainedError(`The file ${file} cannot be read.`);
  });
}

async function readSecretNames(file: string): Promise<string[]> {
  const text = await read(file);
  try {
    const list = z
      .array(z.object({ name: z.string() }))
      .parse(JSON.parse(text.slice(text.indexOf("["))));
    return list.map(({ name }) => name);
  } catch {
    throw new ExplainedError(`${file} is not what npx wrangler secret list prints.`);
  }
}

async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: {
      config: { type: "string", default: path.join(import.meta.dirname, "../wrangler.toml") },
      environment: { type: "string" },
      hyperdrive: { type: "string" },
      secrets: { type: "string" },
      bank: { type: "string" },
    },
  });
  const { findings, facts, unseen } = await examine({ ...options, values: process.env });
  if (facts !== undefined) {
    process.stdout.write(
      `bank ${facts.bank ?? "-"}, newest transfer ${facts.newest_transfer_at ?? "-"}\n`,
    );
  }
  for (const { name, says, mend } of findings)
    process.stdout.write(`${name}\n  ${says}\n  → ${mend}\n`);
  for (const what of unseen) process.stdout.write(`not looked at: ${what}\n`);
  process.stdout.write(
    findings.length === 0 ? "Nothing found.\n" : `${String(findings.length)} findings.\n`,
  );
  return findings.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main().catch(reportFailure);
}
