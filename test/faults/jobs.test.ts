import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { setReadOnly } from "../../scripts/read-only.ts";
import { startOwnBank, type OwnBank } from "./own-bank.ts";

let bank: OwnBank;

beforeAll(async () => {
  bank = await startOwnBank();
}, 120_000);

afterAll(() => bank.stop());

/** How the run of the cron ended, as the runtime counts it. */
async function runCron(cron: string): Promise<string> {
  const url = new URL("/cdn-cgi/local/scheduled", bank.worker_url);
  url.searchParams.set("cron", cron);
  return (await fetch(url)).text();
}

const lateJobs = async (): Promise<unknown> =>
  (await bank.request("GET", "/readyz")).body.late_jobs;
const age = (interval: string): Promise<unknown> =>
  bank.sql("update bank.jobs set ran_at = clock_timestamp() - $1::interval", [interval]);

test("readyz names the jobs that have not run until they run", async () => {
  await age("11 minutes");
  const names = await lateJobs();
  expect(names).toContain("expire_holds");
  expect(names).toContain("verify_ledger");
  expect(await runCron("* * * * *")).toBe("ok");
  expect(await lateJobs()).toEqual([]);
  await age("27 hours");
  expect(await runCron("* * * * *")).toBe("ok");
  expect(await lateJobs()).toEqual([
    "check_limits",
    "prepare_audit_partitions",
    "verify_new_entries",
  ]);
  expect(await runCron("17 2 * * *")).toBe("ok");
  expect(await lateJobs()).toEqual([]);
});

test("while the bank is read-only, a job that changes the ledger is skipped, and its cron run does not fail", async () => {
  const client = await bank.connect();
  await setReadOnly(client, true);
  await age("11 minutes");
  expect(await runCron("* * * * *")).toBe("ok");
  expect(await lateJobs()).toEqual(["checkpoint_internal_balances", "expire_holds"]);
  await setReadOnly(client, false);
  await client.end();
  expect(await runCron("* * * * *")).toBe("ok");
  expect(await lateJobs()).toEqual([]);
});

test("a violation in the ledger makes the cron run fail, every minute and every night", async () => {
  expect((await bank.transfer(randomUUID())).status).toBe(201);
  await bank.sql("update bank.accounts set balance = balance + 1 where id = $1", [
    bank.alice_account_id,
  ]);
  await age("27 hours");
  expect(await runCron("* * * * *")).not.toBe("ok");
  expect(await runCron("17 2 * * *")).not.toBe("ok");
  // The other jobs of the same run were done.
  expect(await lateJobs()).toEqual(["verify_ledger", "verify_new_entries"]);
});
