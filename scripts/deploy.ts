import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { ExplainedError, reasonOf, reportFailure } from "../local/explained-error.ts";
import { migrate, type Migrated } from "./migrate.ts";
import { smoke, smokeUser, type Smoke } from "./smoke.ts";
import { openWranglerWorker, type WranglerWorker } from "./wrangler-worker.ts";

export interface Rollout {
  /** A name under `[env]`; undefined is production. */
  readonly environment?: string | undefined;
  readonly smoke: Smoke;
  readonly database_url: string;
  /** The name of the version: a tag or a commit. */
  readonly tag: string;
  /** How long the new version serves its first share before it serves all. */
  readonly watch_seconds: number;
  /** The pause between two smoke tests. A deployment takes some seconds to be known everywhere. */
  readonly smoke_pause_ms: number;
  readonly report: (line: string) => void;
}

/**
 * At 0 % only the smoke test reaches the new version, because its requests name the version in a
 * header.
 */
const shares_percent = [0, 10, 100] as const;
const smoke_attempts = 4;
const watch_pause_ms = 10_000;

/**
 * Migrates the database, uploads the Worker, and lets it serve more and more requests. When the
 * smoke test fails at any share, the version before serves all requests again. The schema stays
 * migrated, because the version before works with it.
 *
 * @throws {ExplainedError} when the rollout failed: before anything was changed, after a rollback,
 * or with a rollback that failed too.
 */
export async function deploy(rollout: Rollout): Promise<void> {
  const { report, environment, tag } = rollout;
  const bank = openWranglerWorker("wrangler.toml", environment);
  const passwords = openWranglerWorker("wrangler.passwords.toml", environment);
  const before = { bank: await bank.servingVersion(), passwords: await passwords.servingVersion() };
  report(`serves now: ${before.bank}`);

  const { applied }: Migrated = await migrate(rollout.database_url, undefined, report);
  report(`migrated: ${applied.length === 0 ? "nothing to apply" : applied.join(", ")}`);

  try {
    await passwords.deployAtOnce(tag);
    report("deployed: the Worker that hashes passwords");
    const version = await bank.upload(tag);
    report(`uploaded: ${version}`);
    for (const percent of shares_percent) {
      await bank.serve(version, percent, before.bank);
      report(`serves ${String(percent)} %: ${version}`);
      await requireHealth(rollout, bank, percent < 100 ? version : undefined);
      if (percent > 0 && percent < 100) await watch(rollout, bank, version);
    }
    await bank.deployTriggers();
    report("deployed: routes and cron triggers");
  } catch (error) {
    await rollBack(rollout, { bank, passwords }, before);
    throw new ExplainedError(`Rolled back to ${before.bank}: ${reasonOf(error)}`, { cause: error });
  }
}

async function requireHealth(
  rollout: Rollout,
  bank: WranglerWorker,
  version?: string,
): Promise<void> {
  const headers = version === undefined ? {} : bank.overrideHeader(version);
  let complaints: readonly string[] = [];
  for (let attempt = 1; attempt <= smoke_attempts; attempt += 1) {
    complaints = await smoke({ ...rollout.smoke, headers });
    if (complaints.length === 0) return;
    if (attempt < smoke_attempts) await delay(rollout.smoke_pause_ms);
  }
  throw new ExplainedError(`the smoke test failed.\n${complaints.join("\n")}`);
}

/**
 * One failure is enough here: the version has passed before, so every location knows it already.
 */
async function watch(rollout: Rollout, bank: WranglerWorker, version: string): Promise<void> {
  const give_up_at = Date.now() + rollout.watch_seconds * 1_000;
  while (Date.now() < give_up_at) {
    await delay(Math.min(watch_pause_ms, give_up_at - Date.now()));
    const complaints = await smoke({ ...rollout.smoke, headers: bank.overrideHeader(version) });
    if (complaints.length > 0)
      throw new ExplainedError(`it failed while watched.\n${complaints.join("\n")}`);
  }
}

type Versions = Readonly<Record<"bank" | "passwords", string>>;

async function rollBack(
  { report }: Rollout,
  workers: Readonly<Record<keyof Versions, WranglerWorker>>,
  before: Versions,
): Promise<void> {
  try {
    await workers.bank.serveAlone(before.bank, "rolled back");
    await workers.passwords.serveAlone(before.passwords, "rolled back");
    report(`serves all again: ${before.bank}`);
  } catch (error) {
    throw new ExplainedError(
      `The rollback FAILED: run npx wrangler rollback ${before.bank} --yes. ` +
        (error instanceof Error ? error.message : ""),
    );
  }
}

const usage =
  "DATABASE_URL=postgresql://owner@host/database npm run deploy -- --url " +
  "https://bank.example.com --tag v1.2.3 [--environment staging] [--watch 300]";

function readRollout(report: Rollout["report"]): Rollout {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      tag: { type: "string" },
      environment: { type: "string" },
      watch: { type: "string", default: "300" },
    },
  });
  const { url = "", tag = "", environment, watch: seconds } = values;
  const { DATABASE_URL: database_url = "" } = process.env;
  if (!URL.canParse(url) || tag === "" || database_url === "" || !/^\d{1,5}$/.test(seconds)) {
    throw new ExplainedError(usage);
  }
  const user = smokeUser(process.env);
  const watch_seconds = Number(seconds);
  const smoke = { url, user };
  return { environment, database_url, tag, watch_seconds, smoke_pause_ms: 3_000, smoke, report };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await deploy(readRollout((line) => process.stdout.write(`${line}\n`)));
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
}
