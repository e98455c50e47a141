import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";

const bank = sharedBank();

test("the database answers, and the session is as bounded as it should be", async () => {
  expect(await bank.call("check_readiness", {})).toMatchObject({
    code: null,
    body: { limits: [], late_jobs: [], is_read_only: false },
  });
});

test("a limit that a session changes for itself does not count as the limit of its login", async () => {
  const session = await bank.session();
  await session.query("set statement_timeout = 0; set search_path = public");
  expect((await bank.call("check_readiness", {}, session)).body).toMatchObject({ limits: [] });
  await session.end();
});

test("every limit that a login lacks is named", async () => {
  const session = await bank.session("superuser");
  expect((await bank.call("check_readiness", {}, session)).body).toMatchObject({
    limits: [
      "idle_in_transaction_session_timeout",
      "lock_timeout",
      "search_path",
      "statement_timeout",
    ],
  });
  await session.end();
});
