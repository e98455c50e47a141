import { expect, test } from "vitest";
import { bank } from "../harness/api.ts";
import { runJobs } from "../harness/run-jobs.ts";
import { createPair, get, hold } from "./payments.ts";

test("every minute, holds that have expired are marked and audited, and the cache forgets their accounts", async () => {
  const pair = await createPair();
  const id = await hold(pair, 300);
  expect((await get(pair.alice.token, `/accounts/${pair.from}`)).body.held).toBe(300);
  await bank.sql("update bank.holds set expires_at = clock_timestamp() where id = $1", [id]);
  expect(await runJobs("* * * * *")).toBe(true);
  expect(await bank.sql("select status from bank.holds where id = $1", [id])).toEqual([
    { status: "expired" },
  ]);
  const events = await bank.sql(
    "select actor_role, outcome from bank.audit_events where target_id = $1 " +
      "and action = 'hold.expire'",
    [id],
  );
  expect(events).toEqual([{ actor_role: null, outcome: "success" }]);
  expect((await get(pair.alice.token, `/accounts/${pair.from}`)).body).toMatchObject({
    held: 0,
    available: 1_000,
  });
});

test("every night, what is new is verified, and the points move on", async () => {
  const { from } = await createPair();
  expect(await runJobs("17 2 * * *")).toBe(true);
  const points = await bank.sql(
    "select version::int, encode(head_hash, 'hex') as head_hash " +
      "from bank.verified_accounts where account_id = $1",
    [from],
  );
  const [account] = await bank.sql(
    "select encode(head_hash, 'hex') as head_hash from bank.accounts where id = $1",
    [from],
  );
  expect(points).toEqual([{ version: 1, ...account }]);
});
