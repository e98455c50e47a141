import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { startRedis, type LocalRedis } from "../../local/redis/start-redis.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { bank, createCustomer } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import { startWorkerAt } from "../harness/own-worker.ts";
import { cacheResult, readUntilHit } from "./cached-reads.ts";

const transfers = 5;

/** From one byte on a Redis is full. It keeps what it has, because `npm start` runs it without eviction. */
const setMemory = (redis: LocalRedis, maxmemory: string): Promise<unknown> =>
  redis.backend.runEach([["CONFIG", "SET", "maxmemory", maxmemory]]);

test("a full Redis: what one Worker has written, another shows at once, though it had an older value in the cache", async ({
  skip,
}) => {
  const redis = await startRedis(undefined);
  onTestFinished(() => redis.stop());
  if (redis.kind === "in_memory") skip("There is no redis-server on this machine.");
  const endpoint = await startUpstashEndpoint(redis.backend);
  onTestFinished(() => endpoint.stop());
  const [writer, reader] = [
    await startWorkerAt(endpoint.url, endpoint.token),
    await startWorkerAt(endpoint.url, endpoint.token),
  ];
  onTestFinished(() => Promise.all([writer.stop(), reader.stop()]).then(() => undefined));
  const ada = await createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 100 }), await bank.createAccount(ada)];
  const { token } = ada;
  const read = () => requestAt(reader.url, "GET", `/v1/accounts/${from}`, { token });

  for (let made = 1; made <= transfers; made += 1) {
    await setMemory(redis, "0");
    await readUntilHit(read);
    await setMemory(redis, "1");
    const body = { debit_account_id: from, credit_account_id: to, amount: 1 };
    const answer = await requestAt(writer.url, "POST", "/v1/transfers", { token, key: randomUUID(), body });
    expect(answer.status).toBe(201);
    const { body: shown, ...after } = await read();
    expect(shown).toMatchObject({ balance: 100 - made });
    expect(cacheResult({ body: shown, ...after })).not.toBe("hit");
  }
  expect(await bank.verify()).toEqual([]);
});
