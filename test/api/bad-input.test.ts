import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, inject, test } from "vitest";
import type { Code } from "../../src/errors.ts";
import { admin, bank, createCustomer, mintToken, type TestCustomer } from "../harness/api.ts";

let payer: TestCustomer;
let debit_account_id: string;
let credit_account_id: string;

beforeAll(async () => {
  const [created, payee] = await Promise.all([createCustomer(), createCustomer()]);
  payer = created;
  debit_account_id = await bank.createAccount(payer, {
    balance: 1_000_000,
    overdraft_limit: 1_000_000,
  });
  credit_account_id = await bank.createAccount(payee);
});

interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | Buffer;
  /** Sends the body in chunks, without saying how long it is. */
  readonly chunked?: boolean;
}

/**
 * A transfer that would be made, but for what is given here, sent as it stands: `fetch` corrects
 * too much.
 */
function send({
  method = "POST",
  path = "/v1/transfers",
  headers,
  body,
  chunked = false,
}: RawRequest) {
  const payload = Buffer.from(body ?? transferWith({}));
  const all: NonNullable<RawRequest["headers"]> = {
    Authorization: `Bearer ${payer.token}`,
    "Content-Type": "application/json",
    "Idempotency-Key": randomUUID(),
    ...(chunked ? {} : { "Content-Length": String(payload.length) }),
    ...headers,
  };
  const given = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "string" ? value : [...value]]],
    ),
  );
  return new Promise<{ status: number; text: string; type: string }>((resolve, reject) => {
    const sent = httpRequest(
      inject("worker_url") + path,
      // Its own connection: the server may close an idle one as the next request is sent over it.
      { method, headers: given, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0, headers: answered } = response;
          resolve({
            status,
            text: Buffer.concat(chunks).toString(),
            type: answered["content-type"] ?? "",
          });
        });
      },
    );
    sent.on("error", reject);
    // Node itself says how long a body is that it is given at once.
    if (chunked) sent.write(payload.subarray(0, 1));
    sent.end(payload.subarray(chunked ? 1 : 0));
  });
}

const transferWith = (members: object): string =>
  JSON.stringify({ debit_account_id, credit_account_id, amount: 1, ...members });

/** As JSON text, for what JavaScript cannot hold. */
const transferWithAmount = (source: string): string =>
  transferWith({}).replace('"amount":1', `"amount":${source}`);

/** Everything that a transfer could change. */
const state = (): Promise<unknown> =>
  bank.sql(
    `select (select jsonb_agg(to_jsonb(account) order by id) from bank.accounts as account
              where id in ($1, $2)) as accounts,
            (select count(*) from bank.transfers
              where debit_account_id in ($1, $2) or credit_account_id in ($1, $2)) as transfers,
            (select count(*) from bank.entries where account_id in ($1, $2)) as entries,
            (select count(*) from bank.idempotency_keys where scope = $3) as keys`,
    [debit_account_id, credit_account_id, payer.customer_id],
  );

/** The request is refused with this code, as a problem document, and has changed nothing. */
async function expectRefused(raw: RawRequest, code: Code): Promise<{ errors?: unknown }> {
  const before = await state();
  const answer = await send(raw);
  expect(answer.type, answer.text).toBe("application/problem+json");
  const problem = JSON.parse(answer.text) as { code: string; status: number; errors?: unknown };
  expect(problem.code, answer.text).toBe(code);
  expect(problem.status).toBe(answer.status);
  expect(answer.status).toBeLessThan(500);
  expect(await state()).toEqual(before);
  return problem;
}

test("the transfer that the other tests spoil is posted when it is whole", async () => {
  expect((await send({})).status).toBe(201);
});

describe("an amount", () => {
  const amounts = [
    ..."0 -0 -1 0.5 1.0 1.5 1e0 1e3 1e-7 1e400 -1e400 1e-400 9007199254740991.4".split(" "),
    ..."9007199254740992 9007199254740993 18446744073709551616 1.0000000000000000001".split(" "),
    ...['"1"', '"1e3"', '""', "null", "true", "[1]", "{}", '{"$gt":0}'],
  ];
  test.each(amounts)("of %s is refused", async (source) => {
    await expectRefused({ body: transferWithAmount(source) }, "validation_failed");
  });

  test("that is missing is refused", async () => {
    await expectRefused({ body: transferWith({ amount: undefined }) }, "validation_failed");
  });

  test.each(["NaN", "Infinity", "01", "+1", "0x10", "1_000", ".5", "5."])(
    "of %s is no JSON",
    async (source) => {
      await expectRefused({ body: transferWithAmount(source) }, "malformed_json");
    },
  );

  test.each(["1e400", "0.5", "-5", '"5"'])(
    "of a credit or a debit is refused: %s",
    async (source) => {
      const headers = { Authorization: `Bearer ${(await admin()).token}` };
      for (const operation of ["credit", "debit"]) {
        const path = `/v1/accounts/${debit_account_id}/${operation}`;
        await expectRefused({ path, headers, body: `{"amount":${source}}` }, "validation_failed");
      }
    },
  );
});

describe("a member", () => {
  const members: [string, object][] = [
    ["a currency that is none", { currency: "ABC" }],
    ["a currency in lower case", { currency: "usd" }],
    ["a currency with a space", { currency: "USD " }],
    ["a withdrawn currency", { currency: "HRK" }],
    ["no id", { debit_account_id: "42" }],
    ["an empty id", { debit_account_id: "" }],
    ["an id too long", { debit_account_id: `${randomUUID()}0` }],
    ["an id in braces", { credit_account_id: `{${randomUUID()}}` }],
    ["an id without hyphens", { credit_account_id: randomUUID().replaceAll("-", "") }],
    ["SQL as an id", { credit_account_id: "' or '1'='1" }],
    ["a number as an id", { credit_account_id: 1 }],
    ["null as an id", { credit_account_id: null }],
    ["a long description", { description: "x".repeat(501) }],
    ["NUL in a description", { description: "a\0b" }],
    ["ESC in a description", { description: "\u001b[2J" }],
    ["a line break in a description", { description: "one\ntwo" }],
    ["half of a surrogate pair", { description: "a\ud800b" }],
    ["a number as description", { description: 1 }],
    ["null as description", { description: null }],
    ["metadata that is text", { metadata: "x" }],
    ["metadata that is a list", { metadata: [] }],
    ["metadata of metadata", { metadata: { a: { b: 1 } } }],
    [
      "metadata with 51 members",
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${String(n)}`, n])) },
    ],
    ["metadata with a long key", { metadata: { ["k".repeat(41)]: 1 } }],
    ["metadata with a long value", { metadata: { k: "v".repeat(501) } }],
    ["metadata with NUL", { metadata: { k: "\0" } }],
    ["metadata with NUL in a key", { metadata: { "\0": "v" } }],
    ["a member of the answer", { status: "posted" }],
    ["a role", { role: "admin" }],
    ["another customer", { customer_id: randomUUID() }],
    ["a constructor", { constructor: { prototype: { admin: true } } }],
  ];
  test.each(members)("is refused: %s", async (_case, given) => {
    await expectRefused({ body: transferWith(given) }, "validation_failed");
  });

  test("that is nested deeply is refused", async () => {
    const metadata = `{"k":${"[".repeat(2_000)}${"]".repeat(2_000)}}`;
    await expectRefused(
      { body: transferWithAmount(`1,"metadata":${metadata}`) },
      "validation_failed",
    );
  });

  test.each([
    ["__proto__", '"__proto__":{"admin":true}'],
    ["metadata.__proto__", '"metadata":{"a":1,"__proto__":"x"}'],
    ["metadata.a.0.b.__proto__", '"metadata":{"a":[{"b":{"__proto__":1}}]}'],
  ])("%s is refused with its path", async (path, member) => {
    const body = transferWith({}).replace("{", `{${member},`);
    const { errors } = await expectRefused({ body }, "validation_failed");
    expect(errors).toEqual([{ path, message: "has a name that cannot be used" }]);
  });

  test.each(["null", "true", "1", '"text"', "[]", "{}", "[{}]"])(
    "is missing in %s",
    async (body) => {
      await expectRefused({ body }, "validation_failed");
    },
  );
});

describe("a body", () => {
  test.each([
    ["nothing", ""],
    ["a space", " "],
    ["half of it", "{"],
    ["single quotes", "{'amount':1}"],
    ["a comma too much", '{"amount":1,}'],
    ["two documents", "{}{}"],
    ["XML", "<transfer/>"],
    ["a form", "amount=1"],
    ["nesting that no stack holds", "[".repeat(400_000) + "]".repeat(400_000)],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ["half of a UTF-8 character", Buffer.from([0x22, 0xe2, 0x82])],
    ["UTF-16", Buffer.from('{"amount":1}', "utf16le")],
  ])("of %s is malformed", async (_case, body) => {
    await expectRefused({ body }, "malformed_json");
  });

  test.each([
    undefined,
    "",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/vnd.api+json",
    "application/jsonp",
    "application/json; charset=utf-16",
    "application/json; version=1; charset=iso-8859-1",
    "application/json, application/json",
    "*/*",
    "json",
  ])("of type %s is not read", async (type) => {
    await expectRefused({ headers: { "Content-Type": type } }, "unsupported_media_type");
  });

  test.each([
    "application/json",
    "APPLICATION/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json;",
    "application/json; version=1",
    "application/json ;charset=utf-8",
    "application/json; charset=utf8",
    "application/json; charset=us-ascii",
    'application/json; note="a;b"; charset=utf-8',
  ])("of type %s is read", async (type) => {
    expect((await send({ headers: { "Content-Type": type } })).status).toBe(201);
  });

  test("that is compressed is not read", async () => {
    const body = gzipSync(transferWith({}));
    await expectRefused(
      { body, headers: { "Content-Encoding": "gzip" } },
      "unsupported_media_type",
    );
  });

  test.each(["identity", "Identity, identity"])("of encoding %s is read", async (encoding) => {
    expect((await send({ headers: { "Content-Encoding": encoding } })).status).toBe(201);
  });

  test("over 1 MiB is too large, whether or not it says so", async () => {
    const filler = " ".repeat(1_048_577);
    await expectRefused({ body: filler + transferWith({}) }, "payload_too_large");
    await expectRefused({ body: filler + transferWith({}), chunked: true }, "payload_too_large");
  });

  test("far over 1 MiB is told so, though its client is still sending", async () => {
    const body = " ".repeat(5 * 1_048_576);
    const long = [true, false].flatMap((chunked) => Array.from({ length: 10 }, () => chunked));
    const answers = await Promise.all(long.map((chunked) => send({ body, chunked })));
    expect(answers.map(({ status }) => status)).toEqual(long.map(() => 413));
  });

  test("of 1 MiB is read", async () => {
    const body = transferWith({}).padEnd(1_048_576, " ");
    expect((await send({ body })).status).toBe(201);
    expect((await send({ body, chunked: true })).status).toBe(201);
  });
});

describe("an Idempotency-Key", () => {
  test("that is missing is required", async () => {
    await expectRefused({ headers: { "Idempotency-Key": undefined } }, "idempotency_key_required");
  });

  test.each<[string, string | string[]]>([
    ["of nothing", ""],
    ["of 256 characters", "k".repeat(256)],
    ["with a space", "a b"],
    ["with a tab", "a\tb"],
    ["that is not ASCII", "kéy"],
    ["with a control character of Latin-1", "k\x85"],
    ["given twice", ["first", "second"]],
    ["given twice and the same", ["same", "same"]],
  ])("%s is invalid", async (_case, key) => {
    await expectRefused({ headers: { "Idempotency-Key": key } }, "idempotency_key_invalid");
  });

  test.each(["!", "~", "k".repeat(255), "a,b", '"quoted"', "%00", "\\u0000"])(
    "of %.20s is taken",
    async (key) => {
      expect((await send({ headers: { "Idempotency-Key": key } })).status).toBe(201);
    },
  );
});

describe("a token", () => {
  test.each<[string, () => Promise<string> | string | undefined]>([
    ["none", () => undefined],
    ["an empty one", () => ""],
    ["the scheme alone", () => "Bearer"],
    ["another scheme", () => `Basic ${payer.token}`],
    ["without a scheme", () => payer.token],
    ["two in one header", () => `Bearer ${payer.token}, Bearer ${payer.token}`],
    ["two with a space", () => `Bearer ${payer.token} ${payer.token}`],
    ["expired", async () => `Bearer ${await mintToken(payer, { claims: { exp: 1 } })}`],
    ["forged", async () => `Bearer ${await mintToken(payer, { secret: new Uint8Array(32) })}`],
    [
      "for another audience",
      async () => `Bearer ${await mintToken(payer, { claims: { aud: "elsewhere" } })}`,
    ],
    ["of another type", async () => `Bearer ${await mintToken(payer, { header: { typ: "JWT" } })}`],
    ["of 8 kB", () => `Bearer ${payer.token}${"A".repeat(8_000)}`],
    ["that is not ASCII", () => "Bearer é"],
  ])("is refused: %s", async (_case, make) => {
    await expectRefused({ headers: { Authorization: await make() } }, "unauthenticated");
  });

  test("in the query or in a cookie is none", async () => {
    const headers = { Authorization: undefined, Cookie: `access_token=${payer.token}` };
    await expectRefused(
      { path: `/v1/transfers?access_token=${payer.token}`, headers },
      "unauthenticated",
    );
  });
});

describe("a query", () => {
  test.each(["x=1", "amount=5", "__proto__=1", "limit=1"])(
    "that the operation does not know is refused: %s",
    async (query) => {
      await expectRefused({ path: `/v1/transfers?${query}` }, "validation_failed");
    },
  );

  test.each(["%", "%zz", "%ff", "%00", "a=%ED%A0%80", "=", "&&", "?", "a[]=1"])(
    "never breaks anything: %s",
    async (query) => {
      const { status } = await send({
        method: "GET",
        path: `/v1/transfers?${query}`,
        body: "",
        headers: { "Content-Type": undefined },
      });
      expect([200, 422]).toContain(status);
    },
  );
});

describe("a path", () => {
  test.each([
    "42",
    "null",
    "%00",
    "%",
    "..",
    "%2e%2e",
    "'",
    "a".repeat(5_000),
    "%F0%9F%98%80",
    "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3",
  ])("with an id that is none is not found: %.20s", async (id) => {
    const raw = { method: "GET", body: "", headers: { "Content-Type": undefined } };
    await expectRefused({ ...raw, path: `/v1/accounts/${id}/entries` }, "not_found");
  });
});
