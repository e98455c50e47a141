import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { expectProblem } from "./expectations.ts";

const list = (token: string, query = ""): Promise<ApiAnswer> =>
  request("GET", `/v1/accounts${query}`, { token });
const ids = ({ body }: ApiAnswer): string[] =>
  (body as { data: { id: string }[] }).data.map(({ id }) => id);
const cursorOf = ({ body }: ApiAnswer): string =>
  (body as { next_cursor: string | null }).next_cursor ?? "";

describe("GET /v1/accounts", () => {
  test("shows a customer its own, newest first, and the first page from the cache", async () => {
    const ada = await createCustomer();
    const first = await bank.createAccount(ada);
    const second = await bank.createAccount(ada, { currency: "EUR" });
    const answer = await list(ada.token);
    expect(ids(answer)).toEqual([second, first]);
    // The first read fills in which accounts there are, the second the accounts.
    await expect
      .poll(async () => (await list(ada.token)).headers.get("Server-Timing"), { timeout: 5_000 })
      .toContain("desc=hit");
    expect((await list(ada.token)).text).toBe(answer.text);
    expect((await list((await admin()).token, `?customer_id=${ada.customer_id}`)).text).toBe(
      answer.text,
    );
  });

  test("is up to date after every movement of money", async () => {
    const [ada, bob] = await Promise.all([createCustomer(), createCustomer()]);
    const from = await bank.createAccount(ada, { balance: 100 });
    const to = await bank.createAccount(bob);
    for (let amount = 1; amount <= 5; amount++) {
      await Promise.all([list(ada.token), list(bob.token)]);
      const body = { debit_account_id: from, credit_account_id: to, amount };
      await request("POST", "/v1/transfers", { token: ada.token, key: randomUUID(), body });
      const [debited, credited] = await Promise.all([list(ada.token), list(bob.token)]);
      const moved = (amount * (amount + 1)) / 2;
      expect(debited.body).toMatchObject({ data: [{ balance: 100 - moved }] });
      expect(credited.body).toMatchObject({ data: [{ balance: moved }] });
    }
  });

  test("goes on after 20, and only its default first page is cached", async () => {
    const ada = await createCustomer();
    const opened: string[] = [];
    for (let round = 0; round < 21; round++) opened.unshift(await bank.createAccount(ada));
    const first = await list(ada.token);
    const rest = await list(ada.token, `?cursor=${cursorOf(first)}`);
    expect([...ids(first), ...ids(rest)]).toEqual(opened);
    expect(rest.headers.get("Server-Timing")).toContain("desc=bypass");
    expect((await list(ada.token, "?limit=5")).headers.get("Server-Timing")).toContain(
      "desc=bypass",
    );
    const by_admin = await list(
      (await admin()).token,
      `?customer_id=${ada.customer_id}&cursor=${cursorOf(first)}`,
    );
    expect(by_admin.text).toBe(rest.text);
  });

  test("takes a customer's own id as a filter, and no other", async () => {
    const [ada, eve] = await Promise.all([createCustomer(), createCustomer()]);
    const id = await bank.createAccount(ada);
    expect(ids(await list(ada.token, `?customer_id=${ada.customer_id}`))).toEqual([id]);
    expectProblem(await list(eve.token, `?customer_id=${ada.customer_id}`), "not_found");
    expectProblem(await list(eve.token, `?customer_id=${randomUUID()}`), "not_found");
  });

  test("takes no cursor from another customer's list", async () => {
    const [ada, eve] = await Promise.all([createCustomer(), createCustomer()]);
    await bank.createAccount(ada);
    await bank.createAccount(ada);
    const cursor = cursorOf(await list(ada.token, "?limit=1"));
    expectProblem(await list(eve.token, `?limit=1&cursor=${cursor}`), "cursor_invalid");
  });
});
