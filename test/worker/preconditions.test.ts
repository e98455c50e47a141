import { Context } from "hono";
import { describe, expect, test } from "vitest";
import type { AppEnv } from "../../src/edge/app-env.ts";
import {
  includesTag,
  readPreconditions,
  requireMatch,
  requireMatchOfList,
} from "../../src/edge/preconditions.ts";

const read = (headers: Record<string, string>): unknown =>
  readPreconditions(new Context<AppEnv>(new Request("http://bank.test/", { headers })));
const failed = expect.objectContaining({ code: "precondition_failed" }) as Error;

test("a request without preconditions has none", () => {
  expect(read({})).toBeUndefined();
});

describe("If-Match", () => {
  test.each<[string, string[]]>([
    ['"a"', ['"a"']],
    ['"a", "b"', ['"a"', '"b"']],
    ['"a,b"', ['"a,b"']],
    ["*", ["*"]],
    [" * ", ["*"]],
    ['W/"a"', ['W/"a"']],
    ['""', ['""']],
    ["a", []],
    ['"a b"', []],
  ])("%s names %j", (header, tags) => {
    expect(read({ "If-Match": header })).toEqual({ if_match: tags });
  });
});

test("If-None-Match compares weakly, so a weak tag is read as a strong one", () => {
  expect(read({ "If-None-Match": 'W/"a", "W/b"' })).toEqual({ if_none_match: ['"a"', '"W/b"'] });
});

describe("If-Unmodified-Since", () => {
  test.each([
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun Nov 06 08:49:37 1994",
  ])("may be written %s", (header) => {
    expect(read({ "If-Unmodified-Since": header })).toEqual({
      if_unmodified_since: "1994-11-06T08:49:37.000Z",
    });
  });

  test.each([
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 GMT+1",
    "on Sun, 06 Nov 1994 08:49:37 GMT",
    "on Sunday, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT, or later",
    "Sunday, 06-Nov-94 08:49:37 GMT (or later)",
    "on Sun Nov  6 08:49:37 1994",
    "Sun Nov  6 08:49:37 1994 or later",
    "Sun Nov  6 08:49:37 1994 (or later)",
    "Sun, 36 Nov 1994 08:49:37 GMT",
    "tomorrow",
    "",
  ])("is ignored when it is written %j", (header) => {
    expect(read({ "If-Unmodified-Since": header })).toBeUndefined();
  });
});

describe("a precondition of a resource", () => {
  const resource = { body: '{"updated_at":"2026-11-06T08:49:37.000001Z"}', etag: '"3-x"' };

  test.each<[string, Parameters<typeof requireMatch>[0], boolean]>([
    ["no precondition", {}, true],
    ["its own tag", { if_match: ['"2-x"', '"3-x"'] }, true],
    ["any tag", { if_match: ["*"] }, true],
    ["another tag", { if_match: ['"2-x"'] }, false],
    ["its own tag, but weak", { if_match: ['W/"3-x"'] }, false],
    ["no tag at all", { if_match: [] }, false],
    ["a later time", { if_unmodified_since: "2026-11-06T08:49:38.000Z" }, true],
    ["a time a microsecond before", { if_unmodified_since: "2026-11-06T08:49:37.000Z" }, false],
    ["an earlier time", { if_unmodified_since: "2026-11-06T08:49:36.000Z" }, false],
    [
      "its tag and an earlier time, which is ignored beside a tag",
      {
        if_match: ['"3-x"'],
        if_unmodified_since: "2026-11-06T08:49:36.000Z",
      },
      true,
    ],
  ])("is checked: %s", (_what, preconditions, is_met) => {
    const ask = (): void => {
      requireMatch(preconditions, resource);
    };
    if (is_met) expect(ask).not.toThrow();
    else expect(ask).toThrow(failed);
  });

  test("is compared with the time of creation when the resource never changes", () => {
    const created = { body: '{"created_at":"2026-11-06T08:49:37.000000Z"}' };
    const since = (if_unmodified_since: string) => () => {
      requireMatch({ if_unmodified_since }, created);
    };
    expect(since("2026-11-06T08:49:36.999Z")).toThrow(failed);
    expect(since("2026-11-06T08:49:37.000Z")).not.toThrow();
  });

  test("with a time is met by a resource without a time", () => {
    expect(() => {
      requireMatch({ if_unmodified_since: "2026-11-06T08:49:37.000Z" }, { body: "{}" });
    }).not.toThrow();
  });
});

describe("a precondition of a list", () => {
  test.each<[string, Parameters<typeof requireMatchOfList>[0], boolean]>([
    ["a tag fails, because a list has none", { if_match: ['"a"'] }, false],
    ["any tag is met, because the list exists", { if_match: ["*"] }, true],
    ["no tag at all fails, because the list exists", { if_none_match: ["*"] }, false],
    ["no such tag is met", { if_none_match: ['"a"'] }, true],
    ["an earlier time is met", { if_unmodified_since: "2026-11-06T08:49:37.000Z" }, true],
  ])("is checked: %s", (_what, preconditions, is_met) => {
    const ask = (): void => {
      requireMatchOfList(preconditions);
    };
    if (is_met) expect(ask).not.toThrow();
    else expect(ask).toThrow(failed);
  });
});

test("a list of tags includes a tag that is in it, and an asterisk includes every tag", () => {
  expect(includesTag(['"a"', '"b"'], '"b"')).toBe(true);
  expect(includesTag(["*"], undefined)).toBe(true);
  expect(includesTag(['"a"'], '"b"')).toBe(false);
  expect(includesTag([], '"b"')).toBe(false);
});
