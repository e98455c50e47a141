import { describe, expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "../../src/edge/cursor.ts";
import type { Env } from "../../src/env.ts";

const bytes = (fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(fill);
const withKeys = (active: string, keys: Env["JWT_KEYS"]["keys"]): Env =>
  ({ JWT_KEYS: { active, keys } }) as Env;

const env = withKeys("a", { a: bytes(1) });
const list = {
  operation: "listEntries",
  account_id: "01a20469-8edc-7807-894f-3b072fab8d9a",
  from: undefined,
};

const cursorOf = async (position: string): Promise<string> =>
  (await encodeCursor(env, list, position)) ?? "";

test("a cursor of an earlier deployment is still accepted", async () => {
  const earlier = "NDI.pAdihNJl9DUKuo0eSHzrqQ";
  expect(await encodeCursor(env, { account_id: "a", operation: "listEntries" }, "42")).toBe(
    earlier,
  );
});

describe("a cursor", () => {
  test("is decoded to the position that was encoded", async () => {
    const cursor = await cursorOf("42");
    expect(cursor).toMatch(/^[\w-]+\.[\w-]{22}$/);
    expect(await decodeCursor(env, list, cursor)).toBe("42");
  });

  test("is null at the end of a list, and is not needed at its beginning", async () => {
    expect(await encodeCursor(env, list, null)).toBeNull();
    expect(await decodeCursor(env, list, undefined)).toBeUndefined();
  });

  test.each([
    ["another operation", { ...list, operation: "listTransfers" }],
    ["another account", { ...list, account_id: "01a20469-8eea-71d6-ae79-7f6ecfb002e0" }],
    ["another filter", { ...list, from: "2026-01-01T00:00:00.000000Z" }],
    ["another customer", { ...list, customer_id: "01a20469-8ed7-7e54-a78e-b0ba46161253" }],
  ])("of one list is refused for %s", async (_case, other) => {
    const cursor = await cursorOf("42");
    await expect(decodeCursor(env, other, cursor)).rejects.toMatchObject({
      code: "cursor_invalid",
    });
  });

  test("is accepted for its list in any order of the members, and an absent member may be null", async () => {
    const cursor = await encodeCursor(env, { ...list, customer_id: "b", status: "a" }, "42");
    const { operation, account_id } = list;
    const turned = { status: "a", from: null, customer_id: "b", account_id, operation };
    expect(await decodeCursor(env, turned, cursor ?? "")).toBe("42");
    const shorter = { operation, account_id, customer_id: "b", status: "a" };
    expect(await decodeCursor(env, shorter, cursor ?? "")).toBe("42");
  });

  test("is accepted after another key became active, and refused after its own key was removed", async () => {
    const cursor = await cursorOf("42");
    const rotated = withKeys("b", { a: bytes(1), b: bytes(2) });
    expect(await decodeCursor(rotated, list, cursor)).toBe("42");
    const removed = withKeys("b", { b: bytes(2) });
    await expect(decodeCursor(removed, list, cursor)).rejects.toMatchObject({
      code: "cursor_invalid",
    });
  });

  test.each([
    "",
    ".",
    "x",
    "NDI",
    "NDI.",
    "NDI.AAAAAAAAAAAAAAAAAAAAAA",
    "../../etc",
    "' or 1=1",
    "\0",
    "a".repeat(9000),
  ])("that nobody made is refused: %.30j", async (cursor) => {
    await expect(decodeCursor(env, list, cursor)).rejects.toMatchObject({ code: "cursor_invalid" });
  });

  test("with anything around it is refused, and so is one that is too long", async () => {
    const cursor = await cursorOf("42");
    for (const other of [`!${cursor}`, `${cursor}!`, await cursorOf("4".repeat(400))]) {
      await expect(decodeCursor(env, list, other), other).rejects.toMatchObject({
        code: "cursor_invalid",
      });
    }
    expect(await decodeCursor(env, list, await cursorOf("4".repeat(380)))).toBe("4".repeat(380));
  });

  test("with another position under the same signature is refused", async () => {
    const [, mac = ""] = (await cursorOf("42")).split(".");
    const forged = `${Buffer.from("43").toString("base64url")}.${mac}`;
    await expect(decodeCursor(env, list, forged)).rejects.toMatchObject({ code: "cursor_invalid" });
  });
});
