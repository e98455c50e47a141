import { Hono } from "hono";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { AppEnv } from "../../src/edge/app-env.ts";
import { frame } from "../../src/edge/frame.ts";
import { discardBody } from "../../src/edge/unread-body.ts";
import { bodyInPieces } from "./body-in-pieces.ts";

const mebibyte = 1_048_576;

async function statusOf(
  headers: Readonly<Record<string, string>>,
  body: ReadableStream,
): Promise<number> {
  const app = new Hono<AppEnv>();
  app.use(frame);
  app.post("/", (c) => c.text("no"));
  return (await app.request("/", { method: "POST", headers, body, duplex: "half" })).status;
}

describe("a request that is answered without its body", () => {
  test.each([
    ["whose length is known", { "Content-Length": "5" }],
    ["in chunks", { "Transfer-Encoding": "chunked" }],
  ])("%s is read to its end first", async (_case, headers) => {
    const body = bodyInPieces(5, 1);
    expect([await statusOf(headers, body.stream), body.isAtEnd()]).toEqual([200, true]);
  });

  test("is not waited for when it says that it is longer than 100 MiB", async () => {
    const body = bodyInPieces(5, 1);
    const headers = { "Content-Length": String(100 * mebibyte + 1) };
    expect([await statusOf(headers, body.stream), body.made()]).toEqual([200, 0]);
  });
});

describe("a body that nobody wants", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is read up to 100 MiB", async () => {
    const body = bodyInPieces(Infinity, mebibyte);
    await discardBody(body.stream);
    expect(body.made()).toBe(101);
  });

  test("is waited for no longer than five seconds", async () => {
    vi.useFakeTimers();
    let is_done = false;
    const discarded = discardBody(new ReadableStream()).then(() => (is_done = true));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(is_done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await discarded;
  });

  test("whose client goes away is done with", async () => {
    const stream = new ReadableStream({
      pull: () => {
        throw new Error("Network connection lost.");
      },
    });
    await expect(discardBody(stream)).resolves.toBeUndefined();
  });
});
