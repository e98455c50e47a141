import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  startScratchPostgres,
  type ScratchPostgres,
} from "../../local/postgres/scratch-postgres.ts";
import { startPostgres, type Postgres } from "../../local/postgres/start-postgres.ts";
import { Running } from "../../local/steps.ts";
import { Bank, type CustomerActor } from "../harness/bank.ts";
import { Connections } from "../harness/connections.ts";
import { asWritten, makeCheckout, runLine, type Ran } from "./runbook.ts";

const heading = "Restore to a moment";
const password = "only-for-a-restore";

const running = new Running();
let postgres: ScratchPostgres;
let archive: string;
let checkout: string;
let bank: Bank;
let ada: CustomerActor;
let accounts: { from: string; to: string };

beforeAll(async () => {
  // Where the server, which is not root, can write before it has made a cluster.
  archive = await mkdtemp(path.join(tmpdir(), "edgebank-wal-"));
  running.add("the archive", { stop: () => rm(archive, { recursive: true, force: true }) });
  await chmod(archive, 0o777);
  postgres = await startScratchPostgres({
    archive_mode: "on",
    archive_command: `cp %p ${archive}/%f`,
  });
  running.add("PostgreSQL", postgres);
  checkout = path.join(postgres.directory, "checkout");
  await mkdir(checkout);
  await makeCheckout(checkout);
  bank = bankAt(postgres.url);
  running.add("the bank's connections", { stop: () => bank.close() });
  await bank.sql(`alter role bank_api password '${password}'`);
  ada = await bank.createCustomer("Ada");
  accounts = {
    from: await bank.createAccount(ada, { balance: 1_000 }),
    to: await bank.createAccount(ada),
  };
}, 120_000);

afterAll(() => running.stopAll());

function bankAt(url: string): Bank {
  const bank_api = Object.assign(new URL(url), { username: "bank_api", password }).href;
  return new Bank(new Connections({ superuser: url, bank_api }));
}

/** A copy of the cluster, made while the server runs, as a provider makes it. */
async function takeBaseBackup(): Promise<string> {
  const copy = path.join(postgres.directory, "restored");
  const session = await bank.session("superuser");
  await session.query("select pg_backup_start('drill', true)");
  await promisify(execFile)("cp", ["-a", path.join(postgres.directory, "postgres"), copy]);
  const { rows } = await session.query<{ labelfile: string }>(
    "select labelfile from pg_backup_stop()",
  );
  await session.end();
  await rm(path.join(copy, "cluster/postmaster.pid"));
  await writeForServer(path.join(copy, "cluster/backup_label"), rows[0]?.labelfile ?? "");
  return copy;
}

/** As root, the server runs as another user. */
async function writeForServer(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o666);
}

async function untilArchived(): Promise<void> {
  const file = await bank.value<string>("select pg_walfile_name(pg_switch_wal())");
  const isThere = (): Promise<boolean> =>
    stat(path.join(archive, file)).then(
      () => true,
      () => false,
    );
  await expect.poll(isThere, { timeout: 30_000 }).toBe(true);
}

async function restore(copy: string, moment: string): Promise<Postgres> {
  await writeForServer(path.join(copy, "cluster/recovery.signal"), "");
  const restored = await startPostgres({
    directory: copy,
    settings: {
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_time: moment,
      recovery_target_action: "promote",
    },
  });
  running.add("the restored PostgreSQL", restored);
  return restored;
}

const transferWith = (at: Bank, key: string) => at.transfer(ada, { ...accounts, amount: 10, key });

test("a bank restored to a moment after its fifth transfer has exactly five transfers, with the commands of the runbook", async () => {
  const [kept, lost] = [
    Array.from({ length: 5 }, randomUUID),
    Array.from({ length: 3 }, randomUUID),
  ] as [string[], string[]];
  const copy = await takeBaseBackup();
  for (const key of kept) await transferWith(bank, key);
  const moment = await bank.value<string>("select clock_timestamp()::text");
  for (const key of lost) await transferWith(bank, key);
  await untilArchived();
  const bank_id = await bank.value<string>("select id from bank.users order by id limit 1");
  const newest = await bank.value<string>(
    `select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
       from bank.transfers
      where idempotency_key = $1`,
    [kept[4]],
  );

  const { url } = await restore(copy, moment);
  const restored = bankAt(url);
  running.add("the restored bank's connections", { stop: () => restored.close() });
  await expect
    .poll(() => restored.value("select pg_is_in_recovery()"), { timeout: 30_000 })
    .toBe(false);
  const run = (words: string, filled: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    runLine(asWritten(heading, words, filled), {
      directory: checkout,
      environment: { DATABASE_URL: url },
    });

  const migrated = await run("npm run migrate", { "<the new one>": `'${url}'` });
  expect([migrated.code, migrated.stdout]).toEqual([
    0,
    expect.stringContaining("Nothing to apply."),
  ]);
  const examined = await run("npm run doctor --", { "019…": bank_id });
  expect(examined.stdout).toContain(`bank ${bank_id}, newest transfer ${newest}`);
  expect(examined.stdout).not.toContain("wrong_bank");
  const other = await run("npm run doctor --", { "019…": randomUUID() });
  expect([other.code, other.stdout]).toEqual([1, expect.stringMatching(/^wrong_bank$/m)]);
  const verified = await run("npm run verify:ledger");
  expect([verified.code, verified.stderr]).toEqual([
    0,
    expect.stringContaining("The ledger has no violations."),
  ]);

  for (const [keys, count] of [
    [kept, 1],
    [lost, 0],
  ] as const)
    for (const key of keys) expect(await restored.countTransfers(key)).toBe(count);
  // Repeating the requests with their keys makes the missing transfers, and nothing twice.
  for (const key of kept)
    expect(await transferWith(restored, key)).toMatchObject({ code: null, replayed: true });
  for (const key of lost)
    expect(await transferWith(restored, key)).toMatchObject({ code: null, replayed: false });
  expect(await restored.balances(accounts.from, accounts.to)).toEqual(
    await bank.balances(accounts.from, accounts.to),
  );
  expect(await restored.verify()).toEqual([]);
});
