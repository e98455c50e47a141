/** Members that callers must not be able to set. */
export const assigned = [
  ..."id role is_admin admin balance held version head_hash kind created_at created_by".split(" "),
  ..."permitted_floor customer_is_frozen idempotency_scope reverses_transfer_id".split(" "),
  ..."constructor prototype toString user_id force_post password_hash Amount".split(" "),
  "amount ",
];

/** JSON texts that are no value of this type. */
export const wrong_by_type: Readonly<Record<string, readonly string[]>> = {
  string: ["null", "1", "true", "[]", "{}", '["x"]', '"a\\u0000b"', '"\\ud800"'],
  integer: [
    ...'null true "1" "" [] {} [1] 1.5 1.0 1e0 1E2 1e400 -1e400 9007199254740993'.split(" "),
    ...'123456789012345678901234567890 -1 "１" 0.1e1 1e-1'.split(" "),
  ],
  boolean: 'null 0 1 "true" "" [] {}'.split(" "),
  object: 'null 1 "x" [] true [{}]'.split(" "),
  array: 'null 1 "x" {} true [] [null] [[]]'.split(" "),
};

export const wrong_by_format: Readonly<Record<string, readonly string[]>> = {
  uuid: [
    ...'"" "x" "019a5c1e7b007c3a9d610f6f0a1b2c3d"'.split(" "),
    ...'"{019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d}" "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3g"'.split(" "),
    '"019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d "',
  ],
  email: ['"x"', '"a@"', '"@b.example"', '"a b@c.example"', '"a@b@c.example"'],
};

export const wrong_currencies = '"" "usd" "US" "USDX" "ZZZ" "U$D" "ＵＳＤ"'.split(" ");

/** The JSON text of an object with so many members, each with this value. */
export const membersText = (count: number, value: unknown = 1): string =>
  JSON.stringify(
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${String(index)}`, value])),
  );

export const wrong_metadata = [
  '{"":1}',
  `{"${"k".repeat(41)}":1}`,
  `{"k":"${"x".repeat(501)}"}`,
  '{"k":{}}',
  '{"k":[]}',
  '{"k":1e400}',
  '{"k":"\\u0000"}',
  membersText(20, "x".repeat(450)),
];

/** Texts in a query that are no value of a parameter of this kind. */
export const wrong_queries: Readonly<Record<string, readonly string[]>> = {
  integer: [
    ..."x 0 101 -1 1.5 1e1 0x10 １ 9007199254740993 null 1&limit=2".split(" "),
    ...["", " 1", "1 "],
  ],
  uuid: [
    "",
    ..."x null 019a5c1e7b007c3a9d610f6f0a1b2c3d * 019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d%20".split(
      " ",
    ),
  ],
  "date-time": [
    "",
    ..."x now 2026-11-01 2026-02-30T00:00:00Z 2026-11-01T00:00:00 1e9".split(" "),
    "0000-01-01T00:00:00Z",
  ],
  enum: ["", "x", "POSTED", "posted,declined", "null"],
  pattern: ["", "%00", "a%20b", "%C3%A4", "x".repeat(256)],
  cursor: ["x", ".", "NDI.AAAAAAAAAAAAAAAAAAAAAA", "%00", "../../etc/passwd", "x".repeat(4_000)],
};

export const unknown_queries =
  "x=1 LIMIT=1 customer=1 __proto__=1 constructor=1 limit[]=1 limit%00=1".split(" ");
