import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import { expectInvalid, expectProblem } from "./expectations.ts";

async function fiveTransfers() {
  const [payer, payee] = await Promise.all([createCustomer(), createCustomer()]);
  const debit_account_id = await bank.createAccount(payer, { balance: 10 });
  const credit_account_id = await bank.createAccount(payee);
  for (const amount of [1, 2, 3, 4, 5]) {
    const body = { debit_account_id, credit_account_id, amount };
    await request("POST", "/v1/transfers", { token: payer.token, key: randomUUID(), body });
  }
  return { payer, payee, debit_account_id, credit_account_id };
}

interface List {
  data: { amount: number; status: string; kind: string }[];
  next_cursor: string | null;
}

const list = async (token: string, query = ""): Promise<List> =>
  (await request("GET", `/v1/transfers${query}`, { token })).body as List;

const amounts = ({ data }: List): number[] => data.map(({ amount }) => amount);

describe("GET /v1/transfers", () => {
  test("is newest first, in pages that a cursor joins without gap or repetition", async () => {
    const { payer } = await fiveTransfers();
    const first = await list(payer.token, "?limit=2");
    const second = await list(payer.token, `?limit=2&cursor=${first.next_cursor ?? ""}`);
    const third = await list(payer.token, `?limit=2&cursor=${second.next_cursor ?? ""}`);
    expect([...amounts(first), ...amounts(second), ...amounts(third)]).toEqual([5, 4, 3, 2, 1, 10]);
    expect(third.next_cursor).toBeNull();
  });

  test("keeps its pages in place when something is inserted in between", async () => {
    const { payer, debit_account_id, credit_account_id } = await fiveTransfers();
    const first = await list(payer.token, "?limit=3");
    const body = { debit_account_id, credit_account_id, amount: 99 };
    await request("POST", "/v1/transfers", { token: payer.token, key: randomUUID(), body });
    const rest = await list(payer.token, `?limit=3&cursor=${first.next_cursor ?? ""}`);
    expect([...amounts(first), ...amounts(rest)]).toEqual([5, 4, 3, 2, 1, 10]);
  });

  test("filters by account, status and time", async () => {
    const { payer, payee, credit_account_id } = await fiveTransfers();
    expect(amounts(await list(payee.token, `?account_id=${credit_account_id}`))).toEqual([
      4, 3, 2, 1,
    ]);
    expect(amounts(await list(payer.token, "?status=declined"))).toEqual([5]);
    expect(amounts(await list(payer.token, "?from=2999-01-01T00:00:00Z"))).toEqual([]);
    expect(
      amounts(await list(payer.token, "?to=2999-01-01T00:00:00%2B01:00&status=declined")),
    ).toEqual([5]);
  });

  test("is empty for a customer that has none, and everybody's for an admin", async () => {
    const { debit_account_id } = await fiveTransfers();
    const nobody = await createCustomer();
    expect(await list(nobody.token)).toEqual({ data: [], next_cursor: null });
    expect(
      amounts(await list((await admin()).token, `?account_id=${debit_account_id}`)),
    ).toHaveLength(6);
  });

  test("answers a filter for another's account like one for no account", async () => {
    const { payer, credit_account_id } = await fiveTransfers();
    const foreign = await request("GET", `/v1/transfers?account_id=${credit_account_id}`, {
      token: payer.token,
    });
    const missing = await request("GET", `/v1/transfers?account_id=${randomUUID()}`, {
      token: payer.token,
    });
    expectProblem(foreign, "not_found");
    expectProblem(missing, "not_found");
  });

  test("takes no cursor of another list, and none that nobody made", async () => {
    const { payer, payee } = await fiveTransfers();
    const { next_cursor } = await list(payer.token, "?limit=2");
    const cursor = next_cursor ?? "";
    for (const [token, query] of [
      [payee.token, `?cursor=${cursor}`],
      [payer.token, `?status=posted&cursor=${cursor}`],
      [payer.token, "?cursor=MDE.AAAAAAAAAAAAAAAAAAAAAA"],
    ] as const) {
      expectProblem(await request("GET", `/v1/transfers${query}`, { token }), "cursor_invalid");
    }
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=1.5", "limit"],
    ["limit=1e1", "limit"],
    ["limit=-1", "limit"],
    ["limit=", "limit"],
    ["limit=1&limit=2", "limit"],
    ["status=lost", "status"],
    ["account_id=42", "account_id"],
    ["from=yesterday", "from"],
    ["from=2026-01-01", "from"],
    ["from=2026-01-01T00:00:00", "from"],
    ["from=2026-02-30T00:00:00Z", "from"],
    ["from=0000-01-01T00:00:00Z", "from"],
    ["to=9999-12-31T23:59:59-01:00", "to"],
    ["to=2026-01-01T00:00:00%2B99:00", "to"],
    ["to=2026-01-01T24:00:00Z", "to"],
    ["from=2026-01-01T24:00:00.5Z", "from"],
    ["cursor=", "cursor"],
    ["idempotency_key=a%20b", "idempotency_key"],
    ["unknown=1", "unknown"],
    ["__proto__=1", "__proto__"],
  ])("refuses ?%s", async (query, path) => {
    expectInvalid(
      await request("GET", `/v1/transfers?${query}`, { token: (await admin()).token }),
      [path],
    );
  });
});
