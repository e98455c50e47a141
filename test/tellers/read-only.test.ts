import { onTestFinished, expect, test } from "vitest";
import { setReadOnly } from "../../scripts/read-only.ts";
import { expectProblem } from "../api/expectations.ts";
import { bank } from "../harness/api.ts";
import {
  createPayer,
  holdAccount,
  newKeys,
  pay,
  startWorkerWithTellers,
  storedUnder,
  waitingTellers,
} from "./tellers.ts";

const { url, logged } = await startWorkerWithTellers();

async function switchTo(is_on: boolean): Promise<void> {
  const client = await bank.session("superuser");
  await setReadOnly(client, is_on);
}

test("a read-only bank refuses transfers alone and in a batch, claims no key, and wakes nobody up", async () => {
  onTestFinished(() => switchTo(false));
  const payer = await createPayer();
  const { account_id: to } = await createPayer(0);
  const letGo = await holdAccount(to);
  const opening = pay(url, { payer, to });
  await expect.poll(waitingTellers).toHaveLength(1);
  // The switch is on at once, and returns when the opening transfer has ended.
  const switched = switchTo(true);
  await expect.poll(() => bank.sql("select from bank.read_only")).toHaveLength(1);
  const keys = newKeys(9);
  const payAll = (some: readonly string[]) =>
    Promise.all(some.map((key) => pay(url, { payer, to, key })));
  const gathered = payAll(keys.slice(1));
  await letGo();
  await Promise.all([opening, switched]);
  for (const answer of [...(await gathered), ...(await payAll(keys.slice(0, 1)))])
    expectProblem(answer, "read_only");

  await switchTo(false);
  for (const { status, headers } of await payAll(keys))
    expect([status, headers.get("Idempotency-Replayed")]).toEqual([201, null]);
  expect(await storedUnder(keys)).toMatchObject({ posted: keys.length });
  expect([...logged("teller_batch_failed"), ...logged("error")]).toEqual([]);
});
