import { createHash } from "node:crypto";
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis } from "../../local/redis/start-redis.ts";
import type { RedisBackend } from "../../local/redis/redis-backend.ts";
import { openInMemoryRedis } from "../../local/redis/redis-in-memory.ts";
import { startUpstashEndpoint, type UpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";

interface Opened {
  readonly backend: RedisBackend;
  stop(): Promise<void>;
}

const real = await startRedis(process.env["REDIS_URL"]);

const backends: { name: string; open: () => Opened; skip: boolean }[] = [
  { name: "redis-server", open: () => real, skip: real.kind === "in_memory" },
  {
    name: "in memory",
    open: () => {
      const backend = openInMemoryRedis();
      return { backend, stop: () => backend.close() };
    },
    skip: false,
  },
];

if (real.kind === "in_memory") afterAll(() => real.stop());

describe.each(backends.filter(({ skip }) => !skip))(
  "the Upstash endpoint in front of $name",
  ({ name, open }) => {
    let opened: Opened;
    let endpoint: UpstashEndpoint;
    let redis: Redis;

    beforeAll(async () => {
      opened = open();
      endpoint = await startUpstashEndpoint(opened.backend);
      const { url, token } = endpoint;
      redis = new Redis({
        url,
        token,
        retry: false,
        automaticDeserialization: false,
        enableAutoPipelining: false,
      });
      await redis.flushdb();
    });

    afterAll(async () => {
      await endpoint.stop();
      await opened.stop();
    });

    const post = async (
      path: string,
      body: unknown,
      headers: Record<string, string> = { Authorization: `Bearer ${endpoint.token}` },
    ): Promise<{ status: number; body: unknown }> => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const response = await fetch(endpoint.url + path, { method: "POST", headers, body: text });
      return { status: response.status, body: await response.json() };
    };

    test("returns any text as it was stored", async () => {
      const texts = [
        "plain",
        "",
        "ünï ✓ 🏦",
        '{"balance":9007199254740991}',
        "OK",
        "line\nline\0zero",
        "12345678901234567890",
      ];
      for (const text of texts) {
        await redis.set("text", text);
        expect(await redis.get("text")).toBe(text);
      }
      expect(await redis.get("nothing")).toBeNull();
    });

    test("sends strings as they are without the base64 header", async () => {
      await redis.set("plain", "ünï");
      expect(await post("/", ["GET", "plain"])).toEqual({ status: 200, body: { result: "ünï" } });
      expect(await post("/", ["SET", "plain", 7, "EX", 100])).toEqual({
        status: 200,
        body: { result: "OK" },
      });
      expect(await post("/", ["GET", "plain"])).toEqual({ status: 200, body: { result: "7" } });
    });

    test("encodes strings at every depth of an array, but not numbers and null", async () => {
      const script = 'return {1, "a", {"b", {"c", 2}}, false}';
      const headers = { Authorization: `Bearer ${endpoint.token}`, "Upstash-Encoding": "base64" };
      expect(await post("/", ["EVAL", script, 0], headers)).toEqual({
        status: 200,
        body: { result: [1, "YQ==", ["Yg==", ["Yw==", 2]], null] },
      });
    });

    test("returns a hash as a flat list", async () => {
      await redis.hset("hash", { a: "1", b: "two" });
      expect(await post("/", ["HGETALL", "hash"])).toEqual({
        status: 200,
        body: { result: ["a", "1", "b", "two"] },
      });
    });

    test("keeps and returns the existing value of SET with NX and GET", async () => {
      expect(await redis.set("once", "first", { nx: true, get: true, ex: 100 })).toBeNull();
      expect(await redis.set("once", "second", { nx: true, get: true, ex: 100 })).toBe("first");
      expect(await redis.get("once")).toBe("first");
      expect(await redis.ttl("once")).toBeGreaterThan(0);
    });

    test("answers each command of a pipeline in order, and goes on after an error", async () => {
      const answer = await post("/pipeline", [
        ["SET", "p", "1"],
        ["NOSUCHCOMMAND"],
        ["INCR", "p"],
        ["GET", "p"],
      ]);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject([
        { result: "OK" },
        { error: expect.stringMatching(/^ERR unknown command/) as string },
        { result: 2 },
        { result: "2" },
      ]);
    });

    test("runs a transaction as a whole", async () => {
      expect(await redis.multi().set("t", "1").incr("t").get("t").exec()).toEqual(["OK", 2, "2"]);
    });

    test("refuses a transaction with an unknown command and runs nothing of it", async () => {
      await redis.set("untouched", "1");
      const answer = await post("/multi-exec", [["INCR", "untouched"], ["NOSUCHCOMMAND"]]);
      expect(answer).toEqual({
        status: 400,
        body: { error: expect.stringMatching(/^EXECABORT/) as string },
      });
      expect(await redis.get("untouched")).toBe("1");
    });

    test.each([
      ["no token", {}],
      ["another token", { Authorization: "Bearer nobody" }],
      ["the start of the token", { Authorization: "Bearer " }],
    ])("answers 401 to %s", async (_name, headers) => {
      expect(await post("/", ["GET", "a"], headers)).toEqual({
        status: 401,
        body: { error: "Unauthorized" },
      });
    });

    test.each([
      ["no JSON", "/", "GET a", /failed to parse/],
      ["an object", "/", {}, /failed to parse/],
      ["no command", "/", [], /empty command/],
      ["null among the words", "/", ["GET", null], /failed to parse/],
      ["an empty pipeline", "/pipeline", [], /empty pipeline/],
      ["a command outside an array", "/pipeline", ["GET", "a"], /failed to parse/],
      ["an unknown command", "/", ["NOSUCHCOMMAND", "a"], /^ERR unknown command/],
      ["a command that would hold up everybody", "/", ["BLPOP", "a", 0], /not available/],
      ["a command that would change the connection", "/", ["SELECT", 1], /not available/],
    ])("answers 400 with the reason to %s", async (_name, path, body, reason) => {
      const answer = await post(path, body);
      expect(answer).toEqual({
        status: 400,
        body: { error: expect.stringMatching(reason) as string },
      });
    });

    test("answers 404 to a wrong path and 405 to a wrong method", async () => {
      expect((await post("/nowhere", ["PING"])).status).toBe(404);
      const headers = { Authorization: `Bearer ${endpoint.token}` };
      expect((await fetch(`${endpoint.url}/get/a`, { headers })).status).toBe(405);
    });

    test("answers NOSCRIPT, which clients look for, when Redis does not know a script", async () => {
      await expect(redis.evalsha("a".repeat(40), [], [])).rejects.toThrow(/NOSCRIPT/);
    });

    test("runs a script with Upstash's flag under the hash of the text that was sent", async () => {
      const script = `#!lua flags=allow-key-locking\nreturn ARGV[1] .. "!" -- ${name}`;
      const hash = createHash("sha1").update(script).digest("hex");
      await expect(redis.evalsha(hash, [], ["a"])).rejects.toThrow(/NOSCRIPT/);
      expect(await redis.eval(script, [], ["a"])).toBe("a!");
      expect(await redis.evalsha(hash, [], ["b"])).toBe("b!");
      const loaded = `#!lua flags=allow-key-locking\nreturn 7 -- ${name}`;
      const loaded_hash = await redis.scriptLoad(loaded);
      expect(loaded_hash).toBe(createHash("sha1").update(loaded).digest("hex"));
      expect(await redis.scriptExists(loaded_hash, "b".repeat(40))).toEqual([1, 0]);
      expect(await redis.evalsha(loaded_hash, [], [])).toBe(7);
    });

    test.each([
      ["slidingWindow", Ratelimit.slidingWindow(3, "1 h")],
      ["fixedWindow", Ratelimit.fixedWindow(3, "1 h")],
      ["tokenBucket", Ratelimit.tokenBucket(3, "1 h", 3)],
    ] as const)("serves @upstash/ratelimit with %s", async (limiter_name, limiter) => {
      // Its script reads a missing field as false, which the one in memory gives as nil.
      if (limiter_name === "tokenBucket" && name === "in memory") return;
      const limit = new Ratelimit({
        redis,
        limiter,
        prefix: limiter_name,
        timeout: 0,
        ephemeralCache: false,
      });
      const answers = await Promise.all(Array.from({ length: 5 }, () => limit.limit("alice")));
      expect(answers.filter(({ success }) => success)).toHaveLength(3);
      expect((await limit.limit("bob")).success).toBe(true);
      expect((await limit.getRemaining("alice")).remaining).toBe(0);
    });

    test("gives each of a hundred concurrent callers its own answer", async () => {
      const callers = Array.from({ length: 100 }, (_, index) => String(index));
      await Promise.all(callers.map((caller) => redis.set(`caller:${caller}`, caller)));
      expect(await Promise.all(callers.map((caller) => redis.get(`caller:${caller}`)))).toEqual(
        callers,
      );
    });
  },
);
