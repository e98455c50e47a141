import { Context } from "hono";
import { describe, expect, test } from "vitest";
import type { AppEnv } from "../../src/edge/app-env.ts";
import { readJsonBody, readOptionalJsonBody } from "../../src/edge/json-body.ts";
import { bodyInPieces } from "./body-in-pieces.ts";

const mebibyte = 1_048_576;

/** A body of known length, as bytes or text. */
const measured = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Request =>
  new Request("http://bank.test/", {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.from(body).byteLength),
      ...headers,
    },
  });

/** A body in pieces, whose length nobody says. */
function chunked(pieces: readonly string[]): Request {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
  const headers = { "Content-Type": "application/json" };
  return new Request("http://bank.test/", { method: "POST", body, duplex: "half", headers });
}

const read = (request: Request): Promise<unknown> => readJsonBody(new Context<AppEnv>(request));
const readOptional = (request: Request): Promise<unknown> =>
  readOptionalJsonBody(new Context<AppEnv>(request));

describe("a body", () => {
  test("is read whole, in one piece or in several", async () => {
    expect(await read(measured('{"a":"é"}'))).toEqual({ a: "é" });
    expect(await read(chunked(['{"a":', '"é"', "}"]))).toEqual({ a: "é" });
  });

  test("may begin with a byte order mark", async () => {
    expect(await read(measured('\uFEFF{"a":1}'))).toEqual({ a: 1 });
  });

  test("that is not UTF-8 is malformed", async () => {
    const body = new Uint8Array([0x22, 0xff, 0x22]);
    await expect(read(measured(body))).rejects.toMatchObject({
      code: "malformed_json",
      detail: "The body is not UTF-8.",
    });
  });

  test("has at most 1 MiB", async () => {
    const filler = " ".repeat(mebibyte - 2);
    expect(await read(measured(`{}${filler}`))).toEqual({});
    expect(await read(chunked(["{}", filler]))).toEqual({});
    const refused = expect.objectContaining({ code: "payload_too_large" }) as Error;
    await expect(read(measured(`{}${filler} `))).rejects.toEqual(refused);
    await expect(read(chunked(["{}", filler, " "]))).rejects.toEqual(refused);
    // The header may be too small, so the bytes are counted too.
    await expect(read(measured(`{}${filler} `, { "Content-Length": "2" }))).rejects.toEqual(
      refused,
    );
    await expect(read(measured("{}", { "Content-Length": String(mebibyte + 1) }))).rejects.toEqual(
      refused,
    );
  });

  test("of more is read to its end before it is refused", async () => {
    const body = bodyInPieces(24, mebibyte / 8);
    const headers = { "Content-Type": "application/json" };
    const long = new Request("http://bank.test/", {
      method: "POST",
      body: body.stream,
      duplex: "half",
      headers,
    });
    await expect(read(long)).rejects.toMatchObject({ code: "payload_too_large" });
    expect(body.isAtEnd()).toBe(true);
  });

  test("is refused when its headers say that it is no JSON, or compressed", async () => {
    const refused = expect.objectContaining({ code: "unsupported_media_type" }) as Error;
    await expect(read(measured("{}", { "Content-Type": "text/plain" }))).rejects.toEqual(refused);
    await expect(read(measured("{}", { "Content-Encoding": "gzip" }))).rejects.toEqual(refused);
  });
});

describe("a body that may be left out", () => {
  test("is an empty object when it is not there", async () => {
    expect(await readOptional(new Request("http://bank.test/", { method: "POST" }))).toEqual({});
    expect(await readOptional(measured("", { "Content-Type": "text/plain" }))).toEqual({});
  });

  test("is read like any other when it is there", async () => {
    expect(await readOptional(measured('{"amount":5}'))).toEqual({ amount: 5 });
    expect(await readOptional(chunked(['{"amount":5}']))).toEqual({ amount: 5 });
    await expect(readOptional(measured("{"))).rejects.toMatchObject({ code: "malformed_json" });
  });
});
