import { expect, test } from "vitest";
import { createEventId } from "../../src/services/event-id.ts";

const uuid_v7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("an id is a UUIDv7 of its time, and no two are the same", () => {
  const at = Date.parse("2026-11-25T12:00:00.123Z");
  const ids = Array.from({ length: 1_000 }, () => createEventId(at));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(uuid_v7);
  for (const id of ids) expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(at);
});
