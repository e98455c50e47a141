import { describe, expect, test } from "vitest";
import { admin, createCustomer, request } from "../harness/api.ts";

interface List {
  data: { id: string }[];
  next_cursor: string | null;
}

describe("GET /v1/customers", () => {
  test("shows all customers to an admin, newest first, in pages", async () => {
    const created: string[] = [];
    for (let round = 0; round < 3; round++) created.unshift((await createCustomer()).customer_id);
    const { token } = await admin();
    const seen: string[] = [];
    let cursor: string | null = null;
    // Other files create customers at the same time, so the three are looked for among the newest.
    for (let page = 0; page < 50 && !created.every((id) => seen.includes(id)); page++) {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const list = (await request("GET", `/v1/customers?limit=2${query}`, { token })).body as List;
      seen.push(...list.data.map(({ id }) => id));
      cursor = list.next_cursor;
    }
    expect(seen.filter((id) => created.includes(id))).toEqual(created);
    expect(seen).toEqual([...seen].sort().reverse());
  });
});
