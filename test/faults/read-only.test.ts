import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "../../src/errors.ts";
import { setReadOnly } from "../../scripts/read-only.ts";
import { expectProblem } from "../api/expectations.ts";
import { outcomesOf, startOwnBank, type OwnBank } from "./own-bank.ts";

let bank: OwnBank;

beforeAll(async () => {
  bank = await startOwnBank();
}, 120_000);

afterAll(() => bank.stop());

async function switchTo(is_on: boolean): Promise<void> {
  const client = await bank.connect();
  await setReadOnly(client, is_on).finally(() => client.end());
}

const countTransfers = async (): Promise<number> =>
  (await bank.sql<{ count: number }>("select count(*)::integer as count from bank.transfers"))[0]
    ?.count ?? -1;

test("when read-only is switched on and off under load, every response is 201 or 503 read_only, and no money moves while it is on", async () => {
  const posted: string[] = [];
  const refused: string[] = [];
  let is_over = false;
  const load = Array.from({ length: 8 }, async () => {
    while (!is_over) {
      const key = randomUUID();
      const answer = await bank.transfer(key);
      if (answer.status !== 201) expectProblem(answer, "read_only");
      if (answer.status !== 201) expect(answer.headers.get("Retry-After")).toBe("30");
      (answer.status === 201 ? posted : refused).push(key);
    }
  });
  const moreThan = (keys: readonly string[], count: number) =>
    expect.poll(() => keys.length, { timeout: 20_000 }).toBeGreaterThan(count);
  for (let round = 0; round < 5; round += 1) {
    await moreThan(posted, posted.length + 20);
    await switchTo(true);
    const count = await countTransfers();
    await moreThan(refused, refused.length + 20);
    const read = await bank.request("GET", `/v1/accounts/${bank.alice_account_id}/entries`);
    expect(read.status).toBe(200);
    expect(await countTransfers()).toBe(count);
    await switchTo(false);
    await delay(0);
  }
  is_over = true;
  await Promise.all(load);
  console.log(
    `read-only under load: ${String(posted.length)} posted, ${String(refused.length)} ` +
      "refused, 0 others",
  );
  expect(await outcomesOf(bank, posted)).toEqual({ posted: posted.length, amount: posted.length });
  expect(await outcomesOf(bank, refused)).toEqual({ posted: 0, amount: 0 });
  // A key that was refused was not claimed.
  for (const key of refused.slice(0, 5)) {
    const answer = await bank.transfer(key);
    expect([answer.status, answer.headers.get("Idempotency-Replayed")]).toEqual([201, null]);
  }
  expect(await bank.verify()).toEqual([]);
});

test("readyz says that the bank is read-only, and a right that is missing for another reason is still a 500", async () => {
  await switchTo(true);
  expect((await bank.request("GET", "/readyz")).body).toMatchObject({
    status: "degraded",
    is_read_only: true,
  });
  expect((await bank.request("GET", "/v1/accounts")).status).toBe(200);
  await switchTo(false);
  await bank.sql("revoke execute on function bank.create_hold from bank_api");
  const answer = await bank.request("POST", "/v1/holds", {
    key: randomUUID(),
    body: {
      debit_account_id: bank.alice_account_id,
      credit_account_id: bank.bob_account_id,
      amount: 1,
    },
  });
  await bank.sql("grant execute on function bank.create_hold to bank_api");
  expect(answer.status).toBe(catalogue.internal_error.status);
  expect((await bank.request("GET", "/readyz")).body).toMatchObject({ is_read_only: false });
});
