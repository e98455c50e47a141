import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer } from "../harness/api.ts";
import { expectInvalid, expectProblem } from "./expectations.ts";
import { createPair, get, order, post } from "./payments.ts";

describe("GET /v1/accounts/{id}/balance", () => {
  test("counts the entries up to and at that time", async () => {
    const pair = await createPair();
    const { from: account_id, alice } = pair;
    const first = (await post(alice.token, "/transfers", order(pair, 100))).body
      .created_at as string;
    const second = (await post(alice.token, "/transfers", order(pair, 50))).body
      .created_at as string;
    const at = async (time: string) =>
      (await get(alice.token, `/accounts/${account_id}/balance?at=${time}`)).body;
    const answer = { account_id, currency: "USD" };
    expect(await at(first)).toEqual({ ...answer, at: first, balance: 900, version: 2 });
    expect(await at(second)).toEqual({ ...answer, at: second, balance: 850, version: 3 });
    expect(await at(first.replace("Z", "%2B00:00"))).toEqual(await at(first));
    expect(
      (await get((await admin()).token, `/accounts/${account_id}/balance?at=${second}`)).status,
    ).toBe(200);
  });

  test.each([
    ["in the future", () => new Date(Date.now() + 60_000).toISOString()],
    ["no time", () => "yesterday"],
    ["without an offset", () => "2026-01-01T00:00:00"],
    ["the 30th of February", () => "2026-02-30T00:00:00Z"],
    ["empty", () => ""],
  ])("refuses a time that is %s", async (_what, time) => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada);
    expectInvalid(await get(ada.token, `/accounts/${id}/balance?at=${time()}`), ["at"]);
  });

  test("without a time is the balance now", async () => {
    const { alice, from: account_id } = await createPair();
    const { status, body } = await get(alice.token, `/accounts/${account_id}/balance`);
    expect([status, body.account_id, body.balance]).toEqual([200, account_id, 1_000]);
    expect(Math.abs(Date.parse(body.at as string) - Date.now())).toBeLessThan(5_000);
  });

  test("before the account was opened is 0", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 7 });
    const { status, body } = await get(
      ada.token,
      `/accounts/${id}/balance?at=2001-01-01T00:00:00Z`,
    );
    expect([status, body]).toMatchObject([200, { balance: 0, version: 0 }]);
  });

  test("takes the time and nothing else", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada);
    const now = new Date().toISOString();
    expectInvalid(await get(ada.token, `/accounts/${id}/balance?at=${now}&from=${now}`), ["from"]);
  });

  test("of another's account is as of none", async () => {
    const { bob, from } = await createPair();
    const at = new Date().toISOString();
    expectProblem(await get(bob.token, `/accounts/${from}/balance?at=${at}`), "not_found");
    expectProblem(await get(bob.token, `/accounts/${randomUUID()}/balance?at=${at}`), "not_found");
  });
});
