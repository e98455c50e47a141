import { randomUUID } from "node:crypto";
import Papa from "papaparse";
import { describe, expect, inject, test } from "vitest";
import { admin, bank, createCustomer } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { expectInvalid, expectProblem } from "./expectations.ts";
import { createPair, get, order, post, type Pair } from "./payments.ts";

const csv = { Accept: "text/csv" };

const statement = (
  token: string,
  id: string,
  query = "",
  headers: Record<string, string> = csv,
): Promise<ApiAnswer> => get(token, `/accounts/${id}/entries${query}`, headers);

/** As any reader of RFC 4180 sees it: rows by the names of their columns. */
function rowsOf({ text }: ApiAnswer): Record<string, string>[] {
  const { data, errors } = Papa.parse<Record<string, string>>(text.replace(/\r\n$/, ""), {
    header: true,
    newline: "\r\n",
  });
  expect(errors).toEqual([]);
  return data;
}

/** The balances before the span and after it. */
const balancesOf = ({ headers }: ApiAnswer): (string | null)[] => [
  headers.get("Opening-Balance"),
  headers.get("Closing-Balance"),
];

async function pay(pair: Pair, amount: number, description?: string): Promise<string> {
  const answer = await post(pair.alice.token, "/transfers", order(pair, amount, { description }));
  expect(answer.status, answer.text).toBe(201);
  return answer.body.created_at as string;
}

/** Past the Worker, as descriptions were stored before it refused control characters. */
async function payInDatabase({ alice, from, to }: Pair, p_description: string): Promise<void> {
  const { code } = await bank.transfer(alice, { from, to, amount: 1 }, { p_description });
  expect(code).toBeNull();
}

describe("GET /v1/accounts/{id}/entries as CSV", () => {
  test("is a file of lines with a header and the entries, newest first, and nothing else", async () => {
    const pair = await createPair(1_000);
    await pay(pair, 1, "First");
    await pay(pair, 250, "Second");
    const answer = await statement(pair.alice.token, pair.from);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/csv; charset=utf-8/);
    expect(answer.headers.get("Content-Disposition")).toContain("attachment");
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(answer.text.endsWith("\r\n")).toBe(true);
    expect(answer.text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    const rows = rowsOf(answer);
    expect(
      rows.map(
        ({ kind, amount, amount_major, balance_after, balance_after_major, description }) => [
          kind,
          amount,
          amount_major,
          balance_after,
          balance_after_major,
          description,
        ],
      ),
    ).toEqual([
      ["transfer", "-250", "-2.50", "749", "7.49", "Second"],
      ["transfer", "-1", "-0.01", "999", "9.99", "First"],
      ["credit", "1000", "10.00", "1000", "10.00", ""],
    ]);
    expect(balancesOf(answer)).toEqual(["0", "749"]);
    expect(rows[0]).toMatchObject({
      counterparty_account_id: pair.to,
      currency: "USD",
      account_version: "3",
    });
  });

  test.each([
    ["USD", 123_456, "1234.56", "-0.05"],
    ["JPY", 123_456, "123456", "-5"],
    ["BHD", 123_456, "123.456", "-0.005"],
    ["USD", 9_007_199_254_740_991, "90071992547409.91", "-0.05"],
  ])("has %s in major units by its exponent, exactly", async (currency, balance, credit, debit) => {
    const ada = await createCustomer();
    const from = await bank.createAccount(ada, { currency, balance });
    const to = await bank.createAccount(ada, { currency });
    await post(ada.token, "/transfers", order({ from, to }, 5));
    const rows = rowsOf(await statement(ada.token, from));
    expect(rows.map(({ amount_major }) => amount_major)).toEqual([debit, credit]);
    expect(rows.at(-1)).toMatchObject({
      amount: String(balance),
      balance_after_major: credit,
      currency,
    });
  });

  test.each([
    ["a comma", "Rent, May"],
    ["quotes", 'He said "no"'],
    ["a line break", "two\r\nlines"],
    ["a lone line feed", "two\nlines"],
    ["all of them", '",\r\n"",'],
    ["spaces at its ends", " padded "],
    ["more than ASCII", "für Zoë 🎉"],
  ])("quotes a description with %s so that it comes back whole", async (_what, description) => {
    const pair = await createPair();
    await payInDatabase(pair, description);
    const answer = await statement(pair.alice.token, pair.from);
    expect(rowsOf(answer)[0]?.["description"]).toBe(description);
  });

  test.each([
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "|calc",
    "%0A=1",
  ])("a cell that begins %j cannot start a formula", async (description) => {
    const pair = await createPair();
    await payInDatabase(pair, description);
    const cell = rowsOf(await statement(pair.alice.token, pair.from))[0]?.["description"] ?? "";
    expect(cell).toBe(`'${description}`);
  });

  test("negative amounts stay numbers", async () => {
    const pair = await createPair();
    await pay(pair, 7, "-5");
    expect(rowsOf(await statement(pair.alice.token, pair.from))[0]).toMatchObject({
      amount: "-7",
      amount_major: "-0.07",
      description: "-5",
    });
  });

  test("of a span has the balances at its ends in its headers", async () => {
    const pair = await createPair();
    const times = [await pay(pair, 1), await pay(pair, 10), await pay(pair, 100)];
    const span = `?from=${times[1] ?? ""}&to=${times[2] ?? ""}`;
    const answer = await statement(pair.alice.token, pair.from, span);
    expect(
      rowsOf(answer).map(({ kind, amount, balance_after, created_at }) => [
        kind,
        amount,
        balance_after,
        created_at,
      ]),
    ).toEqual([["transfer", "-10", "989", times[1]]]);
    expect(balancesOf(answer)).toEqual(["999", "989"]);
  });

  test("without an entry is its header alone", async () => {
    const ada = await createCustomer();
    const answer = await statement(ada.token, await bank.createAccount(ada));
    expect(answer.text).toMatch(/^created_at,[a-z_,]+\r\n$/);
    expect(balancesOf(answer)).toEqual(["0", "0"]);
  });

  test("begins with a byte order mark on request, and is otherwise the same", async () => {
    const pair = await createPair();
    const bytesOf = async (query: string): Promise<Buffer> => {
      const url = new URL(`/v1/accounts/${pair.from}/entries${query}`, inject("worker_url"));
      const headers = { ...csv, Authorization: `Bearer ${pair.alice.token}` };
      return Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
    };
    const plain = await bytesOf("");
    expect(plain.subarray(0, 10).toString()).toBe("created_at");
    expect(await bytesOf("?bom=false")).toEqual(plain);
    expect(await bytesOf("?bom=true")).toEqual(
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), plain]),
    );
  });

  test.each(["bom=true", "bom=false"])("is what ?%s is for: JSON refuses it", async (query) => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada);
    expectInvalid(await statement(ada.token, id, `?${query}`, {}), ["bom"]);
    expectInvalid(await statement(ada.token, id, "?bom=yes"), ["bom"]);
  });

  test("is whole, page after page, whatever limit was asked for", async () => {
    const pair = await createPair(5_000);
    for (let count = 0; count < 3; count += 1)
      await bank.call("create_transfers", {
        p_actor: pair.alice,
        p_idempotency_key: randomUUID(),
        p_transfers: Array.from({ length: 400 }, () => order(pair, 1)),
      });
    const answer = await statement(pair.alice.token, pair.from, "?limit=1");
    const rows = rowsOf(answer);
    expect(rows).toHaveLength(1_201);
    const versions = rows.map(({ account_version }) => Number(account_version));
    expect(versions).toEqual(Array.from({ length: 1_201 }, (_, index) => 1_201 - index));
    expect(balancesOf(answer)).toEqual(["0", "3800"]);
  });

  test.each([
    ["text/csv", true],
    ["text/csv;q=0.9, application/json;q=0.1", true],
    ["text/csv;q=0.1, application/json", false],
    ["application/json", false],
    ["*/*", false],
    ["text/html", false],
  ])("is chosen by Accept: %s → %s", async (accept, is_csv) => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 1 });
    const answer = await statement(ada.token, id, "", { Accept: accept });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toContain(is_csv ? "text/csv" : "application/json");
    if (!is_csv) expect(answer.body).toMatchObject({ opening_balance: 0, closing_balance: 1 });
  });

  test("is refused as a problem document, not as a file", async () => {
    const pair = await createPair();
    expectProblem(await statement(pair.bob.token, pair.from), "not_found");
    expectProblem(await statement(pair.bob.token, randomUUID()), "not_found");
    expectInvalid(await statement(pair.alice.token, pair.from, "?from=x"), ["from"]);
  });

  test("of the settlement account is an admin's, and has no running balance", async () => {
    const { token } = await admin();
    const currency = "KWD";
    const account = await bank.createAccount(await createCustomer(), { currency, balance: 1_500 });
    const { body } = await get(token, `/accounts/${account}/entries`);
    const answer = await statement(token, body.data[0].counterparty_account_id as string);
    expect(balancesOf(answer)).toEqual([null, null]);
    expect(
      rowsOf(answer).map(({ kind, amount_major, balance_after }) => [
        kind,
        amount_major,
        balance_after,
      ]),
    ).toContainEqual(["credit", "-1.500", ""]);
  });
});
