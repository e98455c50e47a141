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

interface Entry {
  amount: number;
  balance_after: number;
  account_version: number;
  created_at: string;
}

const entries = (id: string, token: string, query = ""): Promise<ApiAnswer> =>
  request("GET", `/v1/accounts/${id}/entries${query}`, { token });

const dataOf = ({ body }: ApiAnswer): Entry[] => (body as { data: Entry[] }).data;
const cursorOf = ({ body }: ApiAnswer): string =>
  (body as { next_cursor: string | null }).next_cursor ?? "";

async function accountWithFiveEntries() {
  const [ada, bob] = await Promise.all([createCustomer(), createCustomer()]);
  const id = await bank.createAccount(ada, { balance: 100 });
  const other = await bank.createAccount(bob, { balance: 100 });
  for (const amount of [1, 2, 3, 4]) {
    const body = {
      debit_account_id: id,
      credit_account_id: other,
      amount,
      description: `Payment ${String(amount)}`,
    };
    await request("POST", "/v1/transfers", { token: ada.token, key: randomUUID(), body });
  }
  return { ada, bob, id, other };
}

describe("GET /v1/accounts/{id}/entries", () => {
  test("is the statement, newest first, with the balance after each entry", async () => {
    const { ada, id, other } = await accountWithFiveEntries();
    const answer = await entries(id, ada.token);
    expect(answer.status, answer.text).toBe(200);
    const data = dataOf(answer);
    expect(data.map(({ amount }) => amount)).toEqual([-4, -3, -2, -1, 100]);
    expect(data.map(({ balance_after }) => balance_after)).toEqual([90, 94, 97, 99, 100]);
    expect(data.map(({ account_version }) => account_version)).toEqual([5, 4, 3, 2, 1]);
    expect(data[0]).toEqual({
      id: expect.stringMatching(uuid_v7) as string,
      transfer_id: expect.stringMatching(uuid_v7) as string,
      account_id: id,
      amount: -4,
      balance_after: 90,
      account_version: 5,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      kind: "transfer",
      description: "Payment 4",
      counterparty_account_id: other,
      created_at: expect.stringMatching(utc_microseconds) as string,
    });
  });

  test("has pages that a cursor joins without gap or repetition", async () => {
    const { ada, id } = await accountWithFiveEntries();
    const first = await entries(id, ada.token, "?limit=2");
    const second = await entries(id, ada.token, `?limit=2&cursor=${cursorOf(first)}`);
    const third = await entries(id, ada.token, `?limit=2&cursor=${cursorOf(second)}`);
    const versions = [first, second, third].flatMap((page) =>
      dataOf(page).map((entry) => entry.account_version),
    );
    expect(versions).toEqual([5, 4, 3, 2, 1]);
    expect(cursorOf(third)).toBe("");
  });

  test("counts from inclusive and to exclusive, to the microsecond", async () => {
    const { ada, id } = await accountWithFiveEntries();
    const times = dataOf(await entries(id, ada.token)).map(({ created_at }) => created_at);
    const [from = "", to = ""] = [times[3], times[1]];
    const span = dataOf(await entries(id, ada.token, `?from=${from}&to=${to}`));
    expect(span.map(({ account_version }) => account_version)).toEqual([3, 2]);
    const shifted = from.replace("Z", "%2B00:00");
    expect(dataOf(await entries(id, ada.token, `?from=${shifted}&to=${to}`))).toHaveLength(2);
  });

  test("takes no cursor of another account or another span", async () => {
    const { ada, id } = await accountWithFiveEntries();
    const own = await bank.createAccount(ada, { balance: 1 });
    const cursor = cursorOf(await entries(id, ada.token, "?limit=2"));
    expectProblem(await entries(own, ada.token, `?cursor=${cursor}`), "cursor_invalid");
    expectProblem(
      await entries(id, ada.token, `?from=2020-01-01T00:00:00Z&cursor=${cursor}`),
      "cursor_invalid",
    );
  });

  test("answers for another customer's account as for one that does not exist, and audits it", async () => {
    const { bob, id } = await accountWithFiveEntries();
    const foreign = await entries(id, bob.token);
    expectProblem(foreign, "not_found");
    expect(await auditEventsOf(foreign)).toMatchObject([
      { action: "access.refuse", target_id: id },
    ]);
    expectProblem(await entries(randomUUID(), bob.token), "not_found");
    expect((await entries(id, (await admin()).token)).status).toBe(200);
  });

  test.each([
    ["from=x", "from"],
    ["to=1", "to"],
    ["at=2026-01-01T00:00:00Z", "at"],
  ])("refuses ?%s", async (query, path) => {
    const { ada, id } = await accountWithFiveEntries();
    expectInvalid(await entries(id, ada.token, `?${query}`), [path]);
  });
});
