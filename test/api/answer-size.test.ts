import { expect, test } from "vitest";
import { createPair, get, order, post } from "./payments.ts";

/**
 * What stands around the caller's own text in the answer: the members of one outcome with its
 * transfer.
 */
const outcome_bytes = 850;

const bytesOf = (text: string): number => Buffer.byteLength(text);

test.each([
  ["the smallest transfers", {}],
  ["descriptions of 500 characters", { description: "🎉".repeat(500) }],
  [
    "text that JSON escapes",
    { description: '"\\'.repeat(250), metadata: { note: "\n\u0001".repeat(100) } },
  ],
  [
    "metadata of 50 numbers",
    {
      metadata: Object.fromEntries(
        Array.from({ length: 50 }, (_, n) => [`k${String(n)}`, n + 0.1]),
      ),
    },
  ],
])("a batch of %s is answered in proportion to itself", async (_what, members) => {
  const pair = await createPair();
  const count = 100;
  const body = { transfers: Array.from({ length: count }, () => order(pair, 1, members)) };
  // The key is sent once and answered with each transfer. Quotes take two bytes in JSON.
  const key = `${String(Math.random()).slice(2, 12)}${'"'.repeat(245)}`;
  const answer = await post(pair.alice.token, "/transfers/batch", body, key);
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
  const request_bytes = bytesOf(JSON.stringify(body));
  expect(bytesOf(answer.text)).toBeLessThan(
    1.1 * request_bytes + count * (outcome_bytes + 2 * key.length),
  );
  const again = await post(pair.alice.token, "/transfers/batch", body, key);
  expect(again.text).toBe(answer.text);
});

test("numbers whose answer would be longer than they are refused", async () => {
  const pair = await createPair();
  const metadata = Array.from({ length: 50 }, (_, n) => `"k${String(n)}":1e300`).join();
  const { from, to } = pair;
  const accounts = `"debit_account_id":"${from}","credit_account_id":"${to}"`;
  const transfer = `{${accounts},"amount":1,"metadata":{${metadata}}}`;
  const answer = await post(
    pair.alice.token,
    "/transfers/batch",
    `{"transfers":[${Array<string>(500).fill(transfer).join()}]}`,
  );
  expect(answer.body).toMatchObject({ status: 422, code: "validation_failed" });
  expect(answer.body.errors).toHaveLength(20);
  expect(bytesOf(answer.text)).toBeLessThan(5_000);
  expect((await get(pair.alice.token, `/accounts/${from}`)).body).toMatchObject({ balance: 1_000 });
});
