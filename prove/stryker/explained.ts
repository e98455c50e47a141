/** A line whose mutants change nothing that a caller could notice, and why. */
export interface Explained {
  /** Below src/, without `.ts`. */
  readonly file: string;
  /** A part of the line. */
  readonly line: string;
  readonly why: string;
}

const defaults =
  "The default stands only where the text does not fit, and no default has the right signature.";
const memory = "Without it the result is the same, and only computed again.";
const configuration = "src/env.ts refuses a configuration without the key.";

export const explained: readonly Explained[] = [
  {
    file: "cache/envelope",
    line: "if (line_end < 0 || seal_at < 0) return null;",
    why:
      "A text without a line end or a seal never has the right seal, so " +
      "it is refused a few lines later.",
  },
  {
    file: "cache/envelope",
    line: 'const [version, expires_at_ms, owner = "", etag = ""]',
    why: "This bank has sealed the text, so it has all four parts.",
  },
  {
    file: "cache/envelope",
    line: "if (version !== format) return null;",
    why: "There is only one format, and the seal covers it.",
  },
  {
    file: "cache/envelope",
    line: "for (let index = 0; index < given.length; index += 1) {",
    why: "One step more compares nothing with nothing.",
  },
  {
    file: "cache/envelope",
    line: "if (opened.sealed.length > remembered_length_max) return;",
    why: "It only bounds the memory.",
  },
  {
    file: "cache/envelope",
    line: "if (envelopes === undefined || envelopes.size >= remembered_max) {",
    why: "It only bounds the memory.",
  },
  { file: "cache/envelope", line: "function recall(", why: memory },
  { file: "cache/envelope", line: "return opened?.sealed === sealed", why: memory },
  { file: "cache/envelope", line: "function remember(", why: memory },
  { file: "cache/envelope", line: "remembered_envelopes.set(env, envelopes);", why: memory },
  { file: "cache/envelope", line: "envelopes.set(key, opened);", why: memory },
  { file: "cache/envelope", line: "remember(env, key, opened);", why: memory },
  { file: "cache/envelope", line: "if (key === undefined) {", why: memory },
  { file: "cache/envelope", line: "sealing_keys.set(env, key);", why: memory },
  { file: "cache/envelope", line: "if (secret === undefined)", why: configuration },
  { file: "edge/cursor", line: 'const [, encoded = "", mac = ""]', why: defaults },
  {
    file: "edge/cursor",
    line: ".sort(([a], [b]) => (a < b ? -1 : 1));",
    why: "No two members have one name, so equality does not occur.",
  },
  { file: "edge/cursor", line: "if (secret === undefined)", why: configuration },
  { file: "edge/cursor", line: "if (derived === undefined) {", why: memory },
  { file: "edge/cursor", line: "derived_keys.set(secret, derived);", why: memory },
  {
    file: "edge/cursor",
    line: "false,",
    why: "Nothing exports the key, whether it may be exported or not.",
  },
  {
    file: "edge/content-type",
    line: 'if (content_type === "application/json") return true;',
    why: "It is the short way to the same answer.",
  },
  {
    file: "edge/content-type",
    line: 'if (!isJson(content_type ?? "") || ',
    why: "A header that is missing is not JSON, and neither is the other text.",
  },
  {
    file: "edge/content-type",
    line: 'const [media_type = "", ...parameters] = parts;',
    why: "Neither default is a media type.",
  },
  {
    file: "edge/content-type",
    line: 'return parts.filter((part) => part !== ";");',
    why: "A semicolon has no charset, so it would be harmless as a parameter too.",
  },
  {
    file: "edge/content-type",
    line: "const parts = header.match(",
    why: "An empty header is not JSON, whether it has no parts or one that is not in it.",
  },
  {
    file: "edge/content-type",
    line: "const [, charset] = /",
    why: "A header has one line, and no default has a second element.",
  },
  {
    file: "edge/json-body",
    line: "for await (const chunk of request.body ?? []) {",
    why: "A request without a body is malformed either way.",
  },
  {
    file: "edge/json-body",
    line: 'if (typeof value === "number" && !comesBack(value, source ?? ""))',
    why: "The reviver gets the source of each number.",
  },
  {
    file: "edge/json-body",
    line: "for (let index = 0; index < text.length; index += 1) {",
    why: "One step more looks at nothing.",
  },
  {
    file: "edge/json-body",
    line: 'const waiting: Member[] = [{ name: "", value: root, parent: undefined }];',
    why: "Any usable name does for the root, because it is no part of a path.",
  },
  {
    file: "edge/json-body",
    line: 'if (typeof member.value !== "object" || member.value === null) continue;',
    why: "A value that is no object has no members to look at.",
  },
  {
    file: "edge/json-body",
    line: 'return "";',
    why: "It is only called for a text that has such a name.",
  },
  {
    file: "services/tokens",
    line: "if (tokens === undefined || tokens.size >= remembered_max) {",
    why: "It only bounds the memory.",
  },
  {
    file: "services/tokens",
    line: 'requiredClaims: ["sub", "exp", "role"],',
    why: "The schema of the payload and the check of its exp require them too.",
  },
  {
    file: "services/tokens",
    line: "return Math.min((exp + clock_tolerance_seconds) * 1_000",
    why: "A token that is forgotten too early is verified again, with the same result.",
  },
  {
    file: "services/tokens",
    line: "if (env.JWKS_URL !== undefined && provider_algorithms.includes(",
    why: "Without a provider, such a token is refused either way.",
  },
  {
    file: "services/tokens",
    line: "const key = kid !== undefined && Object.hasOwn(keys, kid) ? keys[kid] : undefined;",
    why: "A header without kid finds no key either way.",
  },
  {
    file: "services/tokens",
    line: "if (key === undefined) throw new errors.JWKSNoMatchingKey();",
    why: "A key that is undefined cannot be imported, so the token is refused either way.",
  },
  { file: "services/tokens", line: "if (key === undefined) {", why: memory },
  { file: "services/tokens", line: "imported_keys.set(secret, key);", why: memory },
  { file: "services/tokens", line: "remote_key_sets.set(url, key_set);", why: memory },
  {
    file: "services/tokens",
    line: "key = await crypto.subtle.importKey(",
    why: "Nothing exports the key, whether it may be exported or not.",
  },
  {
    file: "services/tokens",
    line: "const compact = /",
    why: "A text with anything around the three parts is no token to jose either.",
  },
  {
    file: "edge/authorize",
    line: '.exec(header ?? "")',
    why: "No default has the form of a token.",
  },
  {
    file: "edge/preconditions",
    line: "const if_unmodified_since = readDate(",
    why: "A header that is missing has no form of a date.",
  },
  {
    file: "edge/preconditions",
    line: "...(if_unmodified_since === undefined",
    why: "A member that is undefined is read like one that is missing.",
  },
  {
    file: "edge/preconditions",
    line: "const time_ms = Date.parse(",
    why: "The time zone of a Worker is UTC, and a second GMT changes nothing.",
  },
  {
    file: "edge/preconditions",
    line: "if (includesTag(preconditions.if_none_match ?? [], undefined))",
    why: "The other default is no asterisk either.",
  },
  {
    file: "edge/preconditions",
    line: "if (header === undefined || !date_forms",
    why: "A header that is missing has no form of a date.",
  },
  {
    file: "edge/preconditions",
    line: 'return header.trim() === "*"',
    why: "The headers of a request have no spaces around them.",
  },
  {
    file: "edge/preconditions",
    line: "return changed_at !== undefined && changed_at > ",
    why: "Nothing is later than a date.",
  },
];
