import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "@upstash/redis";
import { expect, test } from "vitest";
import { startRedis, startRedisServer } from "../../local/redis/start-redis.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";

const server = await startRedisServer();

test("a REDIS_URL that does not answer is reported in one clear sentence", async () => {
  await expect(startRedis("redis://127.0.0.1:1")).rejects.toThrow(
    /^REDIS_URL does not answer: .*ECONNREFUSED/,
  );
});

test.skipIf(server === undefined)(
  "while Redis is away, commands fail at once, and they work again when it is back",
  async () => {
    if (server === undefined) return;
    const redis = await startRedis(server.url);
    const endpoint = await startUpstashEndpoint(redis.backend);
    const client = new Redis({ url: endpoint.url, token: endpoint.token, retry: false });
    await client.set("a", "1");
    await server.stop();

    const started_at = performance.now();
    await expect(client.get("a")).rejects.toThrow(/Redis is unavailable/);
    expect(performance.now() - started_at).toBeLessThan(500);

    const again = await startRedisServer(server);
    const give_up_at = Date.now() + 5_000;
    while ((await client.set("a", "2").catch(() => null)) === null && Date.now() < give_up_at)
      await delay(20);
    expect(await client.get("a")).toBe(2);
    await endpoint.stop();
    await redis.stop();
    await again?.stop();
  },
);
