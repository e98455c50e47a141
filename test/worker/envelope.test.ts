import { describe, expect, test } from "vitest";
import { etagOf, open, seal, type Value } from "../../src/cache/envelope.ts";
import { accountKey } from "../../src/cache/keys.ts";
import type { Env } from "../../src/env.ts";

const envWith = (byte: number): Env =>
  ({ JWT_KEYS: { active: "a", keys: { a: new Uint8Array(32).fill(byte) } } }) as unknown as Env;
const env = envWith(7);
const key = accountKey("01a20469-8edc-7807-894f-3b072fab8d9a");
const body = '{"id" : "01a20469", "balance" : 5, "version" : 3}';
const value: Value = { body, owner: "01a20469-8ed7-7e54-a78e-b0ba46161253", etag: etagOf(body) };
const now_ms = 1_800_000_000_000;
const sealed = seal(env, key, value, now_ms + 1_000);

describe("a sealed value", () => {
  test("is opened under its own key as it was", () => {
    expect(open(env, key, sealed, now_ms)).toEqual(value);
    const nobodys = { body: "{}", owner: "", etag: '"x"' };
    expect(open(env, key, seal(env, key, nobodys, now_ms + 1), now_ms)).toEqual(nobodys);
  });

  test.each([
    ["under another key", () => open(env, accountKey("another"), sealed, now_ms)],
    ["of another secret", () => open(envWith(8), key, sealed, now_ms)],
    ["that has expired", () => open(env, key, sealed, now_ms + 1_000)],
    ["with another body", () => open(env, key, sealed.replace("5", "6"), now_ms)],
    ["with more after it", () => open(env, key, `${sealed} `, now_ms)],
    ["with another owner", () => open(env, key, sealed.replace("8ed7", "8ed8"), now_ms)],
    [
      "with a later expiry",
      () => open(env, key, sealed.replace("1800000001000", "1900000001000"), now_ms),
    ],
    ["with another ETag", () => open(env, key, sealed.replace('"3-', '"4-'), now_ms)],
    ["with an empty seal", () => open(env, key, sealed.replace(/ [^ ]*\n/, " \n"), now_ms)],
    ["with half of its seal", () => open(env, key, sealed.replace(/.{20}\n/, "\n"), now_ms)],
    ["with more after its seal", () => open(env, key, sealed.replace("\n", "A\n"), now_ms)],
    ["without its seal", () => open(env, key, sealed.replace(/ [^ ]*\n/, "\n"), now_ms)],
    ["that is a body alone", () => open(env, key, body, now_ms)],
    ["that is nothing", () => open(env, key, "", now_ms)],
    ["that is a line end", () => open(env, key, "\n", now_ms)],
  ])("%s is not opened", (_case, opened) => {
    expect(opened()).toBeNull();
  });

  test("that was opened before still expires, and no other text is opened in its place", () => {
    expect(open(env, key, sealed, now_ms)).toEqual(value);
    expect(open(env, key, sealed, now_ms + 1_000)).toBeNull();
    expect(open(env, key, sealed.replace("5", "6"), now_ms)).toBeNull();
    expect(open(env, accountKey("another"), sealed, now_ms)).toBeNull();
    expect(open(envWith(8), key, sealed, now_ms)).toBeNull();
  });

  test.each(Array.from({ length: 30 }, (_, index) => Math.floor((sealed.length * index) / 30)))(
    "with a changed character %i is not opened",
    (index) => {
      const other = sealed[index] === "x" ? "y" : "x";
      expect(
        open(env, key, sealed.slice(0, index) + other + sealed.slice(index + 1), now_ms),
      ).toBeNull();
    },
  );
});

test("a value that an earlier deployment has sealed is still opened", () => {
  const earlier = 'v1 1800000001000 o "e" _45A8eRre1LpTfkrTDsy_WxDX5sDol6aPBoUdNYv7B4\n{}';
  expect(seal(env, key, { body: "{}", owner: "o", etag: '"e"' }, now_ms + 1_000)).toBe(earlier);
  expect(open(env, key, earlier, now_ms)).toEqual({ body: "{}", owner: "o", etag: '"e"' });
});

test("a value of 256 Ki characters is opened, and a longer one is not", () => {
  const sealedOf = (length: number): string =>
    seal(env, key, { body: "x".repeat(length), owner: "", etag: '"x"' }, now_ms + 1_000);
  const head = sealedOf(0).length;
  expect(open(env, key, sealedOf(262_144 - head), now_ms)).not.toBeNull();
  expect(open(env, key, sealedOf(262_145 - head), now_ms)).toBeNull();
});

describe("an ETag", () => {
  test.each(['{"version":12}', '{"version" : 12}', '{"version": 12}'])(
    "has the version of %s",
    (text) => {
      expect(etagOf(text)).toMatch(/^"12-[\w-]{16}"$/);
    },
  );

  test("is the same for the same body, and has the version if there is one", () => {
    expect(etagOf(body)).toBe(etagOf(body));
    expect(etagOf(body)).toMatch(/^"3-[\w-]{16}"$/);
    expect(etagOf('{"id":"x"}')).toMatch(/^"[\w-]{16}"$/);
    expect(etagOf(body)).not.toBe(etagOf(body.replace("5", "6")));
  });
});
