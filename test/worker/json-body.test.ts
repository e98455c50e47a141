import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/edge/json-body.ts";
import { NewAccount } from "../../src/schemas/account.ts";
import { NewTransfer } from "../../src/schemas/transfer.ts";

const debit_account_id = "01a20469-8edc-7807-894f-3b072fab8d9a";
const credit_account_id = "01a20469-8eea-71d6-ae79-7f6ecfb002e0";

const transferWith = (members: string): string => {
  const debit = `"debit_account_id":"${debit_account_id}"`;
  return `{${debit},"credit_account_id":"${credit_account_id}",${members}}`;
};

function pathsOf(members: string): string[] {
  const { error } = NewTransfer.safeParse(parseJson(transferWith(members)));
  return (error?.issues ?? []).map((issue) => issue.path.join("."));
}

describe("an amount", () => {
  test.each(["1", "1250", "9007199254740991"])("may be %s", (source) => {
    expect(pathsOf(`"amount":${source}`)).toEqual([]);
  });

  test.each([
    "0",
    "-0",
    "-1",
    "1.0",
    "1.5",
    "1e3",
    "1E3",
    "1e-400",
    "1e400",
    "-1e400",
    "9007199254740991.4",
    "1.0000000000000000001",
    "9007199254740992",
    "9007199254740993",
    "99999999999999999999999999",
    '"1250"',
    '""',
    "null",
    "true",
    "[]",
    "[1]",
    "{}",
  ])("may not be %s", (source) => {
    expect(pathsOf(`"amount":${source}`)).toEqual(["amount"]);
  });

  test.each(["-1", "0.5", "1e2", "9007199254740992", "null"])(
    "of an overdraft limit may not be %s",
    (source) => {
      const members = `"currency":"USD","name":"x","overdraft_limit":${source}`;
      const body = `{"customer_id":"${debit_account_id}",${members}}`;
      expect(NewAccount.safeParse(parseJson(body)).success).toBe(false);
    },
  );
});

describe("a number of metadata", () => {
  test.each([
    "0",
    "7",
    "-7",
    "0.1",
    "-0.25",
    "1234.5",
    "0.0000015",
    "9007199254740991",
    "0.30000000000000004",
  ])("that is written %s comes back so", (source) => {
    const transfer = NewTransfer.parse(
      parseJson(transferWith(`"amount":1,"metadata":{"n":${source}}`)),
    );
    expect(JSON.stringify(transfer.metadata)).toBe(`{"n":${source}}`);
  });

  test.each([
    ["an exponent", "1e3"],
    ["an exponent", "1e-300"],
    ["an exponent", "1E400"],
    ["an exponent that a double writes too", "1e-7"],
    ["needless zeros", "1.0"],
    ["needless zeros", "0.10"],
    ["a sign of nothing", "-0"],
    ["more digits than a double holds", "0.1000000000000000055"],
    ["more digits than a double holds", "9007199254740993"],
    ["a double that stands for two integers", "9007199254740992"],
    ["more digits than a double holds", "12345678901234567890"],
    ["more digits than a double holds", "9007199254740991.4"],
    ["a fraction that a double writes with an exponent", "0.00000015"],
  ])("with %s is refused with its path: %s", (_what, source) => {
    expect(pathsOf(`"amount":1,"metadata":{"n":${source}}`)).toEqual(["metadata.n"]);
  });
});

describe("text that Postgres cannot store", () => {
  test.each([
    ["NUL", '"\\u0000"'],
    ["half of a surrogate pair", '"\\ud800"'],
    ["the other half", '"a\\udc00b"'],
  ])("is refused with its path: %s", (_case, source) => {
    expect(pathsOf(`"amount":1,"description":${source}`)).toEqual(["description"]);
    expect(pathsOf(`"amount":1,"metadata":{"note":${source}}`)).toEqual(["metadata.note"]);
  });

  test.each([
    ["NUL", '{"metadata":{"\\u0000":1}}', "metadata.\0"],
    ["half of a surrogate pair", '{"metadata":{"a\\ud800":1}}', "metadata.a\ud800"],
    ["the prototype", '{"metadata":{"__proto__":{"admin":true}}}', "metadata.__proto__"],
    ["the prototype in a list", '{"a":[1,{"b":[[{"__proto__":1}]]}]}', "a.1.b.0.0.__proto__"],
  ])("is refused as the name of a member, with its path: %s", (_case, text, path) => {
    const facts = { errors: [{ path, message: "has a name that cannot be used" }] };
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({ code: "validation_failed", facts }) as Error,
    );
  });

  test("is found below deep nesting", () => {
    const depth = 500;
    const text = `${'{"a":'.repeat(depth)}{"__proto__":1}${"}".repeat(depth)}`;
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({ code: "validation_failed" }) as Error,
    );
  });

  test("a whole pair is text like any other", () => {
    expect(parseJson('{"a":"\\ud83d\\ude00"}')).toEqual({ a: "😀" });
  });
});

describe("a member that comes twice", () => {
  const refused = (text: string): void =>
    expect(() => parseJson(text), text).toThrow(
      expect.objectContaining({ code: "malformed_json" }) as Error,
    );

  test.each([
    '{"amount":1,"amount":2}',
    '{"a":{"b":1,"b":1}}',
    '[[{"a":[{"b":1,"c":[],"b":2}]}]]',
    '{"a":{"x":1},"a":2}',
    '{"a":2,"a":{"x":1}}',
    '{"a":[],"a":[]}',
    String.raw`{"amount":1,"\u0061mount":2}`,
    '{"":1,"":1}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":{"__proto__":{"b":1,"b":2}}}',
    '{"constructor":1,"constructor":2}',
    '{"0":1,"0":2}',
  ])("is malformed: %s", (text) => refused(text));

  test.each([
    "{}",
    "[]",
    '":"',
    "1",
    "null",
    '{"a":":::"}',
    String.raw`{"a\":":"\\","b":"\"\\\":"}`,
    '{":":":","::":{":":":"}}',
    String.raw`{"a":"\":"}`,
    '{"a":[1,[2,{"a":3}],{"a":{"a":[]}}],"b":{"a":1}}',
    '{"2":1,"1":2,"b":3,"a":4}',
    '[{"a":1},{"a":1}]',
    ' { "a" : 1 ,\n "b" :\t2 } ',
  ])("is accepted when it is not repeated: %s", (text) => {
    expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
  });

  test("is not found among 40,000 different members with colons in their values", () => {
    const members = (count: number): string =>
      `{${Array.from({ length: count }, (_, index) => `"member_${String(index)}":":"`).join()}}`;
    expect(Object.keys(parseJson(members(40_000)) as object)).toHaveLength(40_000);
  });
});

describe("metadata", () => {
  const metadataOf = (members: readonly (readonly [name: string, value: string])[]): string =>
    `"amount":1,"metadata":{${members.map(([name, value]) => `"${name}":"${value}"`).join()}}`;
  const many = (count: number, value: string): string =>
    metadataOf(Array.from({ length: count }, (_, index) => [String(index), value]));

  test("has at most 8 KiB in all as UTF-8", () => {
    expect(pathsOf(many(16, "x".repeat(500)))).toEqual([]);
    expect(pathsOf(many(17, "x".repeat(500)))).toEqual(["metadata"]);
    // Four bytes each, two units of UTF-16: half as many characters of text, twice the bytes.
    expect(pathsOf(many(8, "😀".repeat(250)))).toEqual([]);
    expect(pathsOf(many(9, "😀".repeat(250)))).toEqual(["metadata"]);
  });

  test("counts to the byte", () => {
    const value = "x".repeat(500);
    const names = Array.from("0123456789abcdefg");
    // Besides its value, a member takes this many bytes, with the comma or the brace after it.
    const last = 8_192 - "{".length - names.length * '"0":"",'.length - 16 * 500;
    const metadata = (length: number): string =>
      metadataOf(names.map((name, index) => [name, index === 16 ? "x".repeat(length) : value]));
    expect(pathsOf(metadata(last))).toEqual([]);
    expect(pathsOf(metadata(last + 1))).toEqual(["metadata"]);
  });
});

describe("a body that is no JSON", () => {
  test.each(["", " ", "{", "{'a':1}", "{a:1}", "01", "[1,]", "NaN", "undefined", "\uFEFF\uFEFF{}"])(
    "is malformed: %.20s",
    (text) => {
      // No detail: the body is not said to have two members of one name.
      expect(() => parseJson(text)).toThrow(
        expect.objectContaining({ code: "malformed_json", detail: undefined }) as Error,
      );
    },
  );
});

test("nesting that is too deep for the stack is malformed too, and no crash", () => {
  const depth = 500_000;
  expect(() => parseJson("[".repeat(depth) + "]".repeat(depth))).toThrow(
    expect.objectContaining({ code: "malformed_json" }) as Error,
  );
});

test("an unknown member is refused by its own name", () => {
  const { error } = NewTransfer.safeParse(parseJson(transferWith('"amount":1,"status":"posted"')));
  expect(error?.issues[0]).toMatchObject({ code: "unrecognized_keys", keys: ["status"] });
});
