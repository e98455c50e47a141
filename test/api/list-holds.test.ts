import { describe, expect, test } from "vitest";
import { admin } from "../harness/api.ts";
import { expectInvalid, expectProblem } from "./expectations.ts";
import { createPair, get, hold, post, type Pair } from "./payments.ts";

interface Page {
  readonly data: { readonly id: string }[];
  readonly next_cursor: string | null;
}

const list = async (pair: Pair, query: string): Promise<string[]> => {
  const answer = await get(pair.alice.token, `/holds?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return (answer.body as Page).data.map(({ id }) => id);
};

describe("GET /v1/holds", () => {
  test("is a customer's holds, newest first, by account and status", async () => {
    const pair = await createPair();
    const [active, released] = [await hold(pair, 1), await hold(pair, 2)];
    await post(pair.alice.token, `/holds/${released}/release`);
    expect(await list(pair, "")).toEqual([released, active]);
    expect(await list(pair, "status=active")).toEqual([active]);
    expect(await list(pair, `account_id=${pair.from}&status=released`)).toEqual([released]);
    const all = await get((await admin()).token, `/holds?account_id=${pair.from}`);
    expect((all.body as Page).data).toHaveLength(2);
    expect((await get(pair.bob.token, "/holds")).body).toEqual({ data: [], next_cursor: null });
  });

  test("has pages that a cursor joins, though holds are made meanwhile", async () => {
    const pair = await createPair();
    const ids = [await hold(pair, 1), await hold(pair, 1), await hold(pair, 1)].reverse();
    const first = (await get(pair.alice.token, "/holds?limit=2")).body as Page;
    await hold(pair, 1);
    expect([
      ...first.data.map(({ id }) => id),
      ...(await list(pair, `limit=2&cursor=${first.next_cursor ?? ""}`)),
    ]).toEqual(ids);
    const cursor = first.next_cursor ?? "";
    for (const query of [`cursor=${cursor}&status=active`, `cursor=${cursor}x`, "cursor=forged"])
      expectProblem(await get(pair.alice.token, `/holds?${query}`), "cursor_invalid");
    expectProblem(await get(pair.bob.token, `/holds?limit=2&cursor=${cursor}`), "cursor_invalid");
  });

  test("answers for another customer's account as for one that does not exist", async () => {
    const pair = await createPair();
    expectProblem(await get(pair.bob.token, `/holds?account_id=${pair.from}`), "not_found");
  });

  test.each(["status=done", "limit=0", "account_id=1", "x=1"])("refuses ?%s", async (query) => {
    const pair = await createPair();
    expectInvalid(await get(pair.alice.token, `/holds?${query}`), [query.split("=")[0] ?? ""]);
  });
});
