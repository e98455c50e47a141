import { randomUUID } from "node:crypto";
import { describe, expect, inject, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectProblem } from "./expectations.ts";

const get = (id: string, token: string, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
  request("GET", `/v1/accounts/${id}`, { token, headers });

const fromCache = ({ headers }: ApiAnswer): string =>
  /desc=(\w+)/.exec(headers.get("Server-Timing") ?? "")?.[1] ?? "";

const etagOf = ({ headers }: ApiAnswer): string => headers.get("ETag") ?? "";

/** Reads until the answer comes from the cache, which is filled after the response. */
async function getFromCache(id: string, token: string): Promise<ApiAnswer> {
  let answer = await get(id, token);
  await expect.poll(async () => fromCache((answer = await get(id, token)))).toBe("hit");
  return answer;
}

/** One command to the Redis of this run. */
async function redis(...command: (string | number)[]): Promise<unknown> {
  const response = await fetch(inject("redis_rest_url"), {
    method: "POST",
    headers: {
      Authorization: `Bearer ${inject("redis_rest_token")}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(command),
  });
  return ((await response.json()) as { result: unknown }).result;
}

describe("GET /v1/accounts/{id}", () => {
  test("says how long it waited for the database and for the cache", async () => {
    const ada = await createCustomer();
    const answer = await get(await bank.createAccount(ada), ada.token);
    expect(answer.headers.get("Server-Timing")).toMatch(
      /^db;dur=\d+\.\d, cache;desc=miss;dur=\d+\.\d$/,
    );
  });

  test("is answered from the cache byte for byte, for 20 seconds at the most", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: Number.MAX_SAFE_INTEGER });
    const fresh = await get(id, ada.token);
    expect(fresh.text).toContain('"balance" : 9007199254740991');
    const cached = await getFromCache(id, ada.token);
    expect(cached.text).toBe(fresh.text);
    expect(etagOf(cached)).toBe(etagOf(fresh));
    expect(
      String(await redis("GET", `account:${id}`))
        .split("\n")
        .slice(1)
        .join("\n"),
    ).toBe(fresh.text);
    const lifetime_ms = (await redis("PTTL", `account:${id}`)) as number;
    expect(lifetime_ms).toBeGreaterThan(0);
    expect(lifetime_ms).toBeLessThanOrEqual(20_000);
  });

  test("has an ETag that changes with the account, and 304 for whoever has it already", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 100 });
    const before = await getFromCache(id, ada.token);
    expect(etagOf(before)).toMatch(/^"1-[\w-]{16}"$/);
    for (const known of [etagOf(before), `"x", W/${etagOf(before)}`, "*"]) {
      const unchanged = await get(id, ada.token, { "If-None-Match": known });
      expect([unchanged.status, unchanged.text, etagOf(unchanged)]).toEqual([
        304,
        "",
        etagOf(before),
      ]);
      expect(fromCache(unchanged)).toBe("hit");
    }
    const rename = { token: (await admin()).token, body: { name: "Renamed" } };
    await request("PATCH", `/v1/accounts/${id}`, rename);
    const renamed = await get(id, ada.token, { "If-None-Match": etagOf(before) });
    expect([renamed.status, (renamed.body as { version: number }).version]).toEqual([200, 1]);
    expect(etagOf(renamed)).not.toBe(etagOf(before));
  });

  test("answers for another customer's account as for one that does not exist, cached or not, and audits both", async () => {
    const [ada, eve] = await Promise.all([createCustomer(), createCustomer()]);
    const id = await bank.createAccount(ada);
    const cold = await get(id, eve.token);
    await getFromCache(id, ada.token);
    const warm = await get(id, eve.token);
    const missing_id = randomUUID();
    const missing = await get(missing_id, eve.token);
    for (const answer of [cold, warm, missing]) expectProblem(answer, "not_found");
    expect([...warm.headers.keys()].sort()).toEqual([...missing.headers.keys()].sort());
    expect(await auditEventsOf(cold)).toMatchObject([
      { action: "access.refuse", target_type: "account", target_id: id },
    ]);
    // The same again within the minute is counted beside the first.
    await expect
      .poll(
        () =>
          bank.sql(
            "select sum(count)::int as count from bank.access_refusals where target_id = $1",
            [id],
          ),
        {
          timeout: 20_000,
        },
      )
      .toEqual([{ count: 2 }]);
    expect(await auditEventsOf(missing)).toMatchObject([
      { action: "access.refuse", target_id: missing_id },
    ]);
    expectProblem(await get("42", eve.token), "not_found");
  });

  test("shows no internal account to a customer, and an admin its balance of now", async () => {
    const ada = await createCustomer();
    await bank.createAccount(ada, { currency: "MRU", balance: 70 });
    const [settlement] = await bank.sql<{ id: string }>(
      "select id from bank.accounts where kind = 'internal' and currency = 'MRU'",
    );
    const id = settlement?.id ?? "";
    expectProblem(await get(id, ada.token), "not_found");
    const { token } = await admin();
    const before = (await get(id, token)).body as { balance: number; kind: string };
    expect(before.kind).toBe("internal");
    await bank.createAccount(ada, { currency: "MRU", balance: 5 });
    expect((await get(id, token)).body).toMatchObject({ balance: before.balance - 5 });
  });
});

describe("a poisoned cache", () => {
  test.each([
    ["no JSON", () => "{{"],
    ["nothing", () => ""],
    ["another shape", () => '{"balance":1000000}'],
    ["null", () => "null"],
    ["a list", () => "[]"],
  ])("with %s is a miss, and is put right", async (_case, value) => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 5 });
    await redis("SET", `account:${id}`, value());
    const answer = await get(id, ada.token);
    expect([answer.status, (answer.body as { balance: number }).balance]).toEqual([200, 5]);
    expect((await getFromCache(id, ada.token)).text).toBe(answer.text);
  });

  test("with a value of another type is a miss, and is put right", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 5 });
    await redis("LPUSH", `account:${id}`, "x");
    expect((await get(id, ada.token)).body).toMatchObject({ balance: 5 });
    expect((await getFromCache(id, ada.token)).body).toMatchObject({ balance: 5 });
  });

  test("with another's account under her key does not show her what is not hers", async () => {
    const [ada, eve] = await Promise.all([createCustomer(), createCustomer()]);
    const hers = await bank.createAccount(eve, { balance: 1 });
    const foreign = await bank.createAccount(ada, { balance: 777 });
    const { text } = await get(foreign, ada.token);
    await redis("SET", `account:${hers}`, text);
    expect((await get(hers, eve.token)).body).toMatchObject({ id: hers, balance: 1 });

    const list = (await request("GET", "/v1/accounts", { token: ada.token })).text;
    await redis("SET", `accounts:${eve.customer_id}`, list);
    const own = await request("GET", "/v1/accounts", { token: eve.token });
    expect(own.body).toMatchObject({ data: [{ id: hers, customer_id: eve.customer_id }] });

    const record = (await request("GET", `/v1/customers/${ada.customer_id}`, { token: ada.token }))
      .text;
    await redis("SET", `customer:${eve.customer_id}`, record);
    const self = await request("GET", `/v1/customers/${eve.customer_id}`, { token: eve.token });
    expect(self.body).toMatchObject({ id: eve.customer_id });
  });

  test("with another account of hers under a key does not show the one for the other", async () => {
    const ada = await createCustomer();
    const [one, other] = [
      await bank.createAccount(ada, { balance: 1 }),
      await bank.createAccount(ada, { balance: 2 }),
    ];
    await redis("SET", `account:${one}`, (await get(other, ada.token)).text);
    expect((await get(one, ada.token)).body).toMatchObject({ id: one, balance: 1 });
  });

  test("with her id and another's name on it is not shown to her either", async () => {
    const [ada, eve] = await Promise.all([createCustomer(), createCustomer()]);
    const id = await bank.createAccount(ada, { balance: 777 });
    const { text } = await get(id, ada.token);
    await redis("SET", `account:${id}`, text);
    expectProblem(await get(id, eve.token), "not_found");
  });

  test("a lease that a writer has taken away fills nothing", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 5 });
    await redis("SET", `account:${id}`, "lease:of-somebody-else", "PX", 60_000);
    const answer = await get(id, ada.token);
    expect([fromCache(answer), (answer.body as { balance: number }).balance]).toEqual(["miss", 5]);
    expect(await redis("GET", `account:${id}`)).toBe("lease:of-somebody-else");
  });
});
