import { expect, test } from "vitest";
import { withoutKeyLockingFlag } from "../../local/redis/upstash-scripts.ts";

test.each([
  ["#!lua flags=allow-key-locking\nreturn 1", "return 1"],
  ["#!lua flags=no-writes,allow-key-locking\nreturn 1", "#!lua flags=no-writes\nreturn 1"],
  ["#!lua name=mine flags=allow-key-locking\nreturn 1", "#!lua name=mine\nreturn 1"],
  ["#!lua flags=no-writes\nreturn 1", "#!lua flags=no-writes\nreturn 1"],
  ["return 'flags=allow-key-locking'", "return 'flags=allow-key-locking'"],
  ["#!lua flags=allow-key-locking", ""],
])("the script %j becomes %j", (script, expected) => {
  expect(withoutKeyLockingFlag(script)).toBe(expected);
});
