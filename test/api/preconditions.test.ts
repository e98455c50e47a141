import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request, type TestCustomer } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectProblem } from "./expectations.ts";

let admin_token: string;
let ada: TestCustomer;

beforeAll(async () => {
  admin_token = (await admin()).token;
  ada = await createCustomer();
});

const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> =>
  request("GET", path, { token: admin_token, headers });

const etagOf = ({ headers }: ApiAnswer): string => headers.get("ETag") ?? "";

const rename = (
  path: string,
  name: string,
  headers: Readonly<Record<string, string>>,
): Promise<ApiAnswer> => request("PATCH", path, { token: admin_token, body: { name }, headers });

const isHit = ({ headers }: ApiAnswer): boolean =>
  headers.get("Server-Timing")?.includes("desc=hit") ?? false;

describe("two admins who change what both have read", () => {
  test.each([
    ["account", async () => `/v1/accounts/${await bank.createAccount(ada)}`],
    ["customer", async () => `/v1/customers/${(await createCustomer()).customer_id}`],
  ])("%s: the second is told, and what the first wrote stays", async (_what, create) => {
    const path = await create();
    const read = etagOf(await get(path));
    const first = await rename(path, "First", { "If-Match": read });
    expect([first.status, first.body.name]).toEqual([200, "First"]);
    const second = await rename(path, "Second", { "If-Match": read });
    expectProblem(second, "precondition_failed");
    expect(await auditEventsOf(second)).toMatchObject([
      { outcome: "failure", code: "precondition_failed" },
    ]);
    const now = await get(path);
    expect([now.body.name, etagOf(now)]).toEqual(["First", etagOf(first)]);
    expect((await rename(path, "Second", { "If-Match": etagOf(first) })).status).toBe(200);
  });
});

test("the cache has the ETag that the database compares, and decides nothing", async () => {
  const id = await bank.createAccount(ada, { balance: 5 });
  const path = `/v1/accounts/${id}`;
  const fresh = await get(path);
  let cached = fresh;
  await expect.poll(async () => isHit((cached = await get(path)))).toBe(true);
  expect(etagOf(cached)).toBe(etagOf(fresh));
  // Behind the Worker's back, so the cache goes on showing what was.
  await bank.sql("update bank.accounts set name = 'Changed' where id = $1", [id]);
  expect(etagOf(await get(path))).toBe(etagOf(fresh));
  expectProblem(await rename(path, "New", { "If-Match": etagOf(fresh) }), "precondition_failed");
});

const post = (
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> =>
  request("POST", path, { token: admin_token, key: randomUUID(), body, headers });

async function createMovement(path: string): Promise<string> {
  const debit_account_id = await bank.createAccount(ada, { balance: 100 });
  const credit_account_id = await bank.createAccount(ada);
  const { body } = await post(path, { debit_account_id, credit_account_id, amount: 10 });
  return (body as { id: string }).id;
}

describe("a POST with If-Match takes place only when the resource has that ETag:", () => {
  test.each([
    ["credit", async () => `/v1/accounts/${await bank.createAccount(ada)}`, { amount: 1 }],
    [
      "debit",
      async () => `/v1/accounts/${await bank.createAccount(ada, { balance: 5 })}`,
      { amount: 1 },
    ],
    [
      "reverse",
      async () => `/v1/transfers/${await createMovement("/v1/transfers")}`,
      { amount: 1 },
    ],
    ["capture", async () => `/v1/holds/${await createMovement("/v1/holds")}`, { amount: 1 }],
    ["release", async () => `/v1/holds/${await createMovement("/v1/holds")}`, {}],
  ])("%s", async (action, create, body) => {
    const path = await create();
    const etag = etagOf(await get(path));
    const done = await post(`${path}/${action}`, body, { "If-Match": `"other", ${etag}` });
    expect(done.status, done.text).toBeLessThan(300);
    expect(etagOf(await get(path))).not.toBe(etag);
    expectProblem(
      await post(`${path}/${action}`, body, { "If-Match": etag }),
      "precondition_failed",
    );
  });
});

test("what a write answers has the ETag that a read of it has", async () => {
  const transfer = await post(`/v1/accounts/${await bank.createAccount(ada)}/credit`, {
    amount: 1,
  });
  expect(etagOf(await get(`/v1/transfers/${String(transfer.body.id)}`))).toBe(etagOf(transfer));
  const hold_id = await createMovement("/v1/holds");
  const released = await post(`/v1/holds/${hold_id}/release`, {});
  expect(etagOf(await get(`/v1/holds/${hold_id}`))).toBe(etagOf(released));
});

test("a retry with its key is answered again, though its precondition is false by now", async () => {
  const path = `/v1/accounts/${await bank.createAccount(ada)}`;
  const asked = {
    token: admin_token,
    key: randomUUID(),
    body: { name: "Once" },
    headers: { "If-Match": etagOf(await get(path)) },
  };
  const first = await request("PATCH", path, asked);
  const again = await request("PATCH", path, asked);
  expect([again.status, again.text, etagOf(again)]).toEqual([200, first.text, etagOf(first)]);
  expect(again.headers.get("Idempotency-Replayed")).toBe("true");
});

test("no strong ETag is weakened by whoever compresses on the way", async () => {
  const path = `/v1/accounts/${await bank.createAccount(ada)}`;
  for (const answer of [await get(path), await rename(path, "New", {})])
    expect(answer.headers.get("Cache-Control")).toContain("no-transform");
});

describe("a read with preconditions, in the order of RFC 9110 section 13.2.2", () => {
  const long_ago = "Sat, 29 Oct 1994 19:43:31 GMT";
  const far = "Fri, 01 Jan 2049 00:00:00 GMT";

  test.each<[Record<string, string>, number]>([
    [{ "If-Match": "{etag}" }, 200],
    [{ "If-Match": '"x" , {etag}' }, 200],
    [{ "If-Match": "*" }, 200],
    [{ "If-Match": "W/{etag}" }, 412],
    [{ "If-Match": '"*"' }, 412],
    [{ "If-Match": '"x"', "If-None-Match": "{etag}" }, 412],
    [{ "If-Match": "{etag}", "If-None-Match": "{etag}" }, 304],
    [{ "If-Match": "{etag}", "If-Unmodified-Since": long_ago }, 200],
    [{ "If-Unmodified-Since": long_ago }, 412],
    [{ "If-Unmodified-Since": "Saturday, 29-Oct-94 19:43:31 GMT" }, 412],
    [{ "If-Unmodified-Since": "Sat Oct 29 19:43:31 1994" }, 412],
    [{ "If-Unmodified-Since": far }, 200],
    [{ "If-Unmodified-Since": "1994" }, 200],
    [{ "If-Unmodified-Since": "1994-10-29T19:43:31Z" }, 200],
    [{ "If-Unmodified-Since": "Sat, 99 Oct 1994 19:43:31 GMT" }, 200],
    [{ "If-Unmodified-Since": "" }, 200],
    [{ "If-None-Match": "W/{etag}" }, 304],
    [{ "If-None-Match": '"x", {etag}' }, 304],
    [{ "If-None-Match": "*" }, 304],
    [{ "If-None-Match": '"x"' }, 200],
    [{ "If-None-Match": "x" }, 200],
  ])("%j: %i", async (headers, status) => {
    const path = `/v1/accounts/${await bank.createAccount(ada)}`;
    const etag = etagOf(await get(path));
    const asked = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace("{etag}", etag),
    ]);
    const answer = await get(path, Object.fromEntries(asked) as Record<string, string>);
    expect(answer.status).toBe(status);
    if (status === 412) expectProblem(answer, "precondition_failed");
    else expect(etagOf(answer)).toBe(etag);
  });

  test("a date that is none has no effect on a write either", async () => {
    const path = `/v1/accounts/${await bank.createAccount(ada)}`;
    expect((await rename(path, "New", { "If-Unmodified-Since": "yesterday" })).status).toBe(200);
  });
});
