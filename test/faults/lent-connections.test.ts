import { writeFile } from "node:fs/promises";
import path from "node:path";
import { createTestHarness } from "wrangler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  hyperdrive_variable,
  wranglerEnvironment,
} from "../../local/worker/wrangler-environment.ts";
import { newKeys, outcomesOf, startOwnBank, type OwnBank } from "./own-bank.ts";

let bank: OwnBank;

beforeAll(async () => {
  bank = await startOwnBank();
}, 120_000);
afterAll(() => bank.stop());

const made = (): number => bank.proxy.connections().made;

async function transferEach(keys: readonly string[]): Promise<void> {
  for (const key of keys) expect((await bank.transfer(key)).status).toBe(201);
}

/** Until no connection of earlier requests is left. */
const allClosed = (): Promise<void> =>
  expect.poll(() => bank.proxy.connections().open, { timeout: 10_000, interval: 100 }).toBe(0);

describe("transfers", () => {
  test("one after the other share a connection, which closes some seconds later", async () => {
    await allClosed();
    const made_before = made();
    await transferEach(newKeys(20));
    expect(made() - made_before).toBe(1);
    expect(bank.proxy.connections().open).toBe(1);
    await allClosed();
  });

  test("at the same time have one each, and no more for the next ones", async () => {
    await allClosed();
    const made_before = made();
    const keys = newKeys(24);
    for (const round of [0, 8, 16]) {
      const answers = await Promise.all(
        keys.slice(round, round + 8).map((key) => bank.transfer(key)),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    }
    expect(made() - made_before).toBeLessThanOrEqual(8);
    expect(await outcomesOf(bank, keys)).toEqual({ posted: keys.length, amount: keys.length });
  });

  test("use the connection of a request whose client has gone", async () => {
    await allClosed();
    const [first = "", ...others] = newKeys(6);
    // The first one waits for Alice's account when its client goes.
    const holder = await bank.connect();
    await holder.query("begin");
    await holder.query("select from bank.accounts where id = $1 for update", [
      bank.alice_account_id,
    ]);
    const client = new AbortController();
    const left = fetch(new URL("/v1/transfers", bank.worker_url), {
      method: "POST",
      signal: client.signal,
      headers: {
        Authorization: `Bearer ${bank.token}`,
        "Content-Type": "application/json",
        "Idempotency-Key": first,
      },
      body: JSON.stringify({
        debit_account_id: bank.alice_account_id,
        credit_account_id: bank.bob_account_id,
        amount: 1,
      }),
    });
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock'";
    await expect.poll(() => bank.sql(waiting), { timeout: 1_500, interval: 20 }).toHaveLength(1);
    client.abort();
    await expect(left).rejects.toThrow("abort");
    await holder.query("rollback");
    await holder.end();
    await expect.poll(() => outcomesOf(bank, [first])).toEqual({ posted: 1, amount: 1 });
    await transferEach(others);
    expect(await outcomesOf(bank, others)).toEqual({ posted: 5, amount: 5 });
  });

  test("notice that Postgres has closed the connection between them", async () => {
    await transferEach(newKeys(1));
    const made_before = made();
    await bank.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [
      "bank_api",
    ]);
    await allClosed();
    await transferEach(newKeys(3));
    expect(made() - made_before).toBe(1);
  });
});

test("a statement that was given to a request that has ended is sent by its own request", async () => {
  const config = path.join(bank.directory, "lending.json");
  await writeFile(
    config,
    JSON.stringify({
      name: "lending",
      main: path.join(import.meta.dirname, "../harness/lending-worker.ts"),
      compatibility_date: "2026-10-23",
      hyperdrive: [{ binding: "HYPERDRIVE", id: "bank" }],
    }),
  );
  Object.assign(process.env, wranglerEnvironment(bank.directory), {
    [hyperdrive_variable]: bank.worker_settings.database_url,
  });
  const server = createTestHarness({ workers: [{ configPath: config }] });
  const { url } = await server.listen();
  const ask = async (target: string): Promise<string> => {
    const response = await fetch(new URL(target, url));
    expect(response.status).toBe(200);
    return response.text();
  };
  try {
    const left = await ask("/leave");
    const backends = [await ask("/"), await ask("/"), await ask("/")];
    expect(backends).not.toContain(left);
    expect(new Set(backends).size).toBe(1);
  } finally {
    await server.close();
  }
});
