import { describe, expect, test } from "vitest";
import { z } from "zod";
import { At, span_query } from "../../src/schemas/instant.ts";

const span = z.strictObject(span_query);

describe("a time that a caller sends", () => {
  test.each([
    ["2026-11-24T00:00:00Z", "2026-11-24T00:00:00.000000Z"],
    ["2026-11-24t23:59:59.5z", "2026-11-24T23:59:59.500000Z"],
    ["2026-11-24T23:30:00+23:59", "2026-11-23T23:31:00.000000Z"],
    ["2024-02-29T12:00:00-00:00", "2024-02-29T12:00:00.000000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"],
    ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"],
  ])("%s is read as %s in every place", (text, at) => {
    expect(At.parse(text)).toBe(at);
    expect(span.parse({ from: text, to: text })).toEqual({ from: at, to: at });
  });

  test.each([
    "",
    "2026-11-24",
    "2026-11-24T24:00:00Z",
    "2026-11-24T24:00:00.5Z",
    "2026-11-24T25:00:00Z",
    "2026-11-24T23:60:00Z",
    "2026-11-24T23:59:60Z",
    "2026-11-24T23:59:61Z",
    "2026-11-24T00:00:00+24:00",
    "2026-11-24T00:00:00+01:60",
    "2026-11-24T00:00:00",
    "2026-11-24T00:00:00.Z",
    "2026-11-24 00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "0000-12-31T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "10000-01-01T00:00:00Z",
    "+002026-11-24T00:00:00Z",
  ])("cannot be %j", (text) => {
    for (const schema of [At, span_query.from, span_query.to])
      expect(schema.safeParse(text).success).toBe(false);
  });
});

describe("a time between two microseconds", () => {
  test.each([
    ["2026-11-24T10:00:00.123456789Z", "10:00:00.123456", "10:00:00.123457"],
    ["2026-11-24T10:00:00.123456000Z", "10:00:00.123456", "10:00:00.123456"],
    ["2026-11-24T10:00:00.0000001Z", "10:00:00.000000", "10:00:00.000001"],
    ["2026-11-24T10:59:59.9999999Z", "10:59:59.999999", "11:00:00.000000"],
    [`2026-11-24T10:00:00.${"0".repeat(99)}1Z`, "10:00:00.000000", "10:00:00.000001"],
  ])("%s is the one before for a balance, the one after for a span", (text, before, after) => {
    expect(At.parse(text)).toBe(`2026-11-24T${before}Z`);
    const end = `2026-11-24T${after}Z`;
    expect(span.parse({ from: text, to: text })).toEqual({ from: end, to: end });
  });

  test("divides entries as it would on a finer clock", () => {
    const entries = ["55", "56", "57", "58"].map((end) => `2026-11-24T10:00:00.1234${end}Z`);
    const cut = "2026-11-24T10:00:00.1234565Z";
    const { from = "", to = "" } = span.parse({ from: cut, to: cut });
    expect(entries.filter((entry) => entry >= from)).toEqual(entries.slice(2));
    expect(entries.filter((entry) => entry < to)).toEqual(entries.slice(0, 2));
    expect(entries.filter((entry) => entry <= At.parse(cut))).toEqual(entries.slice(0, 2));
  });

  test("is refused as the end of a span if rounding would move it after the year 9999", () => {
    const text = "9999-12-31T23:59:59.9999999Z";
    expect(At.parse(text)).toBe("9999-12-31T23:59:59.999999Z");
    expect(span_query.to.safeParse(text).success).toBe(false);
  });
});
