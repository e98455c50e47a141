import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import {
  auditEventsOf,
  expectInvalid,
  expectProblem,
  utc_microseconds,
  uuid_v7,
} from "./expectations.ts";

const create = async (body: object): Promise<ApiAnswer> =>
  request("POST", "/v1/accounts", { token: (await admin()).token, body });

describe("POST /v1/accounts", () => {
  test("opens an empty account, which the customer's list then shows", async () => {
    const { customer_id, token } = await createCustomer();
    expect((await request("GET", "/v1/accounts", { token })).body).toEqual({
      data: [],
      next_cursor: null,
    });
    const answer = await create({
      customer_id,
      currency: "JPY",
      name: "Savings",
      overdraft_limit: 500,
    });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(uuid_v7) as string,
      customer_id,
      kind: "customer",
      name: "Savings",
      currency: "JPY",
      balance: 0,
      held: 0,
      available: 500,
      overdraft_limit: 500,
      status: "active",
      version: 0,
      head_hash: null,
      created_at: expect.stringMatching(utc_microseconds) as string,
      updated_at: expect.stringMatching(utc_microseconds) as string,
    });
    const { id } = answer.body as { id: string };
    const list = await request("GET", "/v1/accounts", { token });
    expect((list.body as { data: { id: string }[] }).data.map((account) => account.id)).toEqual([
      id,
    ]);
    expect(await auditEventsOf(answer)).toMatchObject([
      { action: "account.create", target_id: id },
    ]);
  });

  test("answers 404 for an unknown customer", async () => {
    expectProblem(
      await create({ customer_id: randomUUID(), currency: "USD", name: "x" }),
      "not_found",
    );
  });

  test.each([
    ["a withdrawn currency", { currency: "HRK" }, ["currency"]],
    ["a currency in lower case", { currency: "usd" }, ["currency"]],
    ["no currency", { currency: undefined }, ["currency"]],
    ["gold", { currency: "XAU" }, ["currency"]],
    ["a negative limit", { overdraft_limit: -1 }, ["overdraft_limit"]],
    ["a fraction as limit", { overdraft_limit: 0.5 }, ["overdraft_limit"]],
    ["a limit beyond exact integers", { overdraft_limit: 2 ** 53 }, ["overdraft_limit"]],
    ["null as limit", { overdraft_limit: null }, ["overdraft_limit"]],
    ["a balance", { balance: 1_000_000 }, ["balance"]],
    ["the bank's own kind", { kind: "internal" }, ["kind"]],
    ["a name of white space", { name: " \u3000\t" }, ["name"]],
    ["a name of a Hangul filler", { name: "\u3164" }, ["name"]],
    ["no customer", { customer_id: "42" }, ["customer_id"]],
  ])("refuses %s, and opens nothing", async (_case, members, paths) => {
    const { customer_id } = await createCustomer();
    expectInvalid(await create({ customer_id, currency: "USD", name: "x", ...members }), paths);
    expect(
      await bank.sql("select from bank.accounts where customer_id = $1", [customer_id]),
    ).toEqual([]);
  });
});
