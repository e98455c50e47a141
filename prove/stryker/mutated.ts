/** What decides about access, and about a body before a schema sees it. */
export const mutated = [
  "services/tokens",
  "services/access-target",
  "cache/envelope",
  "edge/authorize",
  "edge/content-type",
  "edge/cursor",
  "edge/json-body",
  "edge/preconditions",
] as const;

/** The tests of these files below test/worker/. */
export const tests = [
  "tokens",
  "access-target",
  "envelope",
  "authorize",
  "content-type",
  "cursor",
  "json-body",
  "read-json-body",
  "preconditions",
] as const;
