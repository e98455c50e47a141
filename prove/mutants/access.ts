import { mutantsOf } from "./mutant.ts";

const tokens = "services/tokens.ts";
const envelope = "cache/envelope.ts";
const cursor = "edge/cursor.ts";
const preconditions = "edge/preconditions.ts";
const body = "edge/json-body.ts";
const values = "schemas/values.ts";
const bad_amounts = ["api/bad-input", "api/movements-bad-input"] as const;

/** What decides about access, and about amounts before the database does. */
export const access_mutants = mutantsOf("src", [
  [
    "a token may be for somebody else",
    tokens,
    "      audience: env.JWT_AUDIENCE,\n",
    "",
    "worker/tokens",
  ],
  [
    "a token may be from somebody else",
    tokens,
    "      issuer: env.JWT_ISSUER,\n",
    "",
    "worker/tokens",
  ],
  ["a token may be of another type", tokens, '      typ: "at+jwt",\n', "", "worker/tokens"],

  [
    "a token may live for ever",
    tokens,
    "if (!(seconds_left <= lifetime_seconds_max))",
    "if (false)",
    "worker/tokens",
  ],
  [
    "an expired token lives an hour longer",
    tokens,
    "clock_tolerance_seconds = 5;",
    "clock_tolerance_seconds = 3_600;",
    "worker/tokens",
  ],

  [
    "a signature has several spellings",
    tokens,
    "base64url.encode(base64url.decode(signature)) === signature",
    "signature.length > 0",
    "worker/tokens",
  ],
  [
    "a token may be of any length",
    tokens,
    "token_length_max = 4_096",
    "token_length_max = 4_096_000",
    "worker/tokens",
  ],
  [
    "a customer's token needs no customer",
    tokens,
    '(role === "customer") === (typeof customer_id === "string")',
    "role.length > 0",
    "worker/tokens",
  ],
  [
    "a role may be anything",
    tokens,
    'z.enum(["admin", "customer"])',
    'z.string().transform((role) => (role === "customer" ? role : "admin"))',
    "worker/tokens",
  ],
  [
    "the id of a token's customer may be anything",
    tokens,
    "customer_id: z.guid()",
    "customer_id: z.string()",
    "worker/tokens",
  ],

  [
    "the provider's failure is the caller's",
    tokens,
    "      error instanceof KeysUnavailable\n",
    "      false\n",
    "worker/tokens",
  ],
  [
    "a value opens under any key of the cache",
    envelope,
    "`${key}\\n${head}\\n`",
    "`${head}\\n`",
    "worker/envelope",
  ],
  [
    "the head of a value is not sealed",
    envelope,
    "`${key}\\n${head}\\n`",
    "`${key}\\n`",
    "worker/envelope",
  ],
  ["the body of a value is not sealed", envelope, "    .update(body)\n", "", "worker/envelope"],
  ["a value never expires", envelope, " && opened.expires_at_ms > now_ms", "", "worker/envelope"],
  [
    "a value lives a moment too long",
    envelope,
    "opened.expires_at_ms > now_ms",
    "opened.expires_at_ms >= now_ms",
    "worker/envelope",
  ],
  ["every seal is right", envelope, "return difference === 0;", "return true;", "worker/envelope"],
  [
    "a seal may have a wrong character",
    envelope,
    "difference |= ",
    "difference = ",
    "worker/envelope",
  ],
  [
    "an ETag lacks the body",
    envelope,
    'createHash("sha256").update(body)',
    'createHash("sha256").update(body.slice(0, 9))',
    "worker/envelope",
  ],
  [
    "a cursor is any list's",
    cursor,
    "JSON.stringify([members, position])",
    "JSON.stringify([position])",
    "worker/cursor",
  ],
  [
    "a cursor is any position's",
    cursor,
    "JSON.stringify([members, position])",
    "JSON.stringify([members])",
    "worker/cursor",
  ],
  [
    "every cursor is signed right",
    cursor,
    "return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));",
    "return a.length === b.length;",
    "worker/cursor",
  ],
  [
    "a cursor of the key before is refused",
    cursor,
    "Object.keys(env.JWT_KEYS.keys)",
    "[env.JWT_KEYS.active]",
    "worker/cursor",
  ],
  [
    "two members of one name are taken",
    body,
    "if (countColons(text) !== members)",
    "if (false)",
    "worker/json-body",
  ],
  [
    "a quote after a backslash ends a string",
    body,
    "index += unit === backslash ? 1 : 0",
    "index += 0",
    "worker/json-body",
  ],
  [
    "a fraction of zero is an integer",
    body,
    "String(value) !== source || ",
    "",
    "worker/json-body",
  ],
  [
    "an integer may be too large",
    body,
    "return !Number.isInteger(value) || Number.isSafeInteger(value);",
    "return true;",
    "worker/json-body",
  ],
  ["NUL may be in a text", body, '!text.includes("\\0") && ', "", "worker/json-body"],
  ["half a character may be in a text", body, " && text.isWellFormed()", "", "worker/json-body"],
  ["a member may be named __proto__", body, 'name !== "__proto__" && ', "", "worker/json-body"],
  [
    "an amount may be zero",
    values,
    '.min(1, "must be at least 1")',
    '.min(0, "must be at least 0")',
    ...bad_amounts,
  ],
  [
    "every role may call everything",
    "edge/authorize.ts",
    "if (!callers.includes(role))",
    "if (false)",
    "api/every-operation",
  ],
  [
    "a weak tag is a strong one",
    preconditions,
    "if_match: readTags(if_match) }",
    "if_match: readTags(if_match).map(strong) }",
    "api/preconditions",
  ],
  [
    "If-Match is not asked of a read",
    preconditions,
    'if (!is_met) throw new ApiError("precondition_failed");',
    "if (false as boolean) return;",
    "api/preconditions",
    "api/every-operation",
  ],
  [
    "a list may be asked to be some state",
    preconditions,
    "  requireMatch(preconditions, {});\n  if",
    "  if",
    "api/preconditions",
    "api/every-operation",
  ],
]);
