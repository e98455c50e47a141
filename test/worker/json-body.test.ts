import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/edge/json-body.ts";
import { NewAccount } from "../../src/schemas/account.ts";
import { NewTransfer } from "../../src/schemas/transfer.ts";

const debit_account_id = "01a20469-8edc-7807-894f-3b072fab8d9a";
const credit_account_id = "01a20469-8eea-71d6-ae79-7f6ecfb002e0";

const transferWith = (members: string): string =>
  `{"debit_account_id":"${debit_account_id}","credit_account_id":"${credit_account_id}",${members}}`;

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
      const body = `{"customer_id":"${debit_account_id}","currency":"USD","name":"x","overdraft_limit":${source}}`;
      expect(NewAccount.safeParse(parseJson(body)).success).toBe(false);
    },
  );
});

describe("a number of metadata", () => {
  test.each([
    ["1.0", 1],
    ["1e3", 1000],
    ["0.1", 0.1],
    ["-2.5e-3", -0.0025],
    ["7", 7],
  ])("may be written %s", (source, value) => {
    const transfer = NewTransfer.parse(parseJson(transferWith(`"amount":1,"metadata":{"n":${source}}`)));
    expect(transfer.metadata).toEqual({ n: value });
  });

  test.each(["1e400", "9007199254740993", "12345678901234567890"])(
    "may not be %s, which nothing holds exactly",
    (source) => {
      expect(pathsOf(`"amount":1,"metadata":{"n":${source}}`)).toEqual(["metadata.n"]);
    },
  );
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
    ["NUL", '{"metadata":{"\\u0000":1}}'],
    ["half of a surrogate pair", '{"metadata":{"\\ud800":1}}'],
    ["the prototype", '{"metadata":{"__proto__":{"admin":true}}}'],
  ])("is refused as the name of a member: %s", (_case, text) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: "validation_failed" }) as Error);
  });

  test("a whole pair is text like any other", () => {
    expect(parseJson('{"a":"\\ud83d\\ude00"}')).toEqual({ a: "😀" });
  });
});

describe("a body that is no JSON", () => {
  test.each(["", " ", "{", "{'a':1}", "{a:1}", "01", "[1,]", "NaN", "undefined", "\uFEFF\uFEFF{}"])(
    "is malformed: %.20s",
    (text) => {
      expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: "malformed_json" }) as Error);
    },
  );
});

test("nesting that no stack holds is malformed too, and no crash", () => {
  const depth = 500_000;
  expect(() => parseJson("[".repeat(depth) + "]".repeat(depth))).toThrow(
    expect.objectContaining({ code: "malformed_json" }) as Error,
  );
});

test("an unknown member is refused by its own name", () => {
  const { error } = NewTransfer.safeParse(parseJson(transferWith('"amount":1,"status":"posted"')));
  expect(error?.issues[0]).toMatchObject({ code: "unrecognized_keys", keys: ["status"] });
});
