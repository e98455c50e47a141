import { describe, expect, test } from "vitest";
import { admin, bank, createAdmin, createCustomer, fromAddress, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectInvalid, utc_microseconds, uuid_v7 } from "./expectations.ts";

interface AuditEvent {
  id: string;
  created_at: string;
  action: string;
  outcome: string;
}

const list = async (query: string): Promise<ApiAnswer> =>
  request("GET", `/v1/audit-events?${query}`, { token: (await admin()).token });

const dataOf = ({ body }: ApiAnswer): AuditEvent[] => (body as { data: AuditEvent[] }).data;

describe("GET /v1/audit-events", () => {
  test("says who did what to which thing, when, from where and with which outcome", async () => {
    const { token, user_id } = await createAdmin();
    const id = await bank.createAccount(await createCustomer());
    const update = await request("PATCH", `/v1/accounts/${id}`, {
      token,
      body: { name: "Renamed" },
      headers: { "X-Request-Id": `audited-${id}`, ...fromAddress("203.0.113.9") },
    });
    expect(update.status).toBe(200);
    expect(dataOf(await list(`actor_id=${user_id}`))).toEqual([
      {
        id: expect.stringMatching(uuid_v7) as string,
        created_at: expect.stringMatching(utc_microseconds) as string,
        actor_id: user_id,
        actor_role: "admin",
        action: "account.update",
        outcome: "success",
        code: null,
        target_type: "account",
        target_id: id,
        request_id: `audited-${id}`,
        ip: "203.0.113.9",
        detail: expect.any(Object) as object,
      },
    ]);
  });

  test("filters by action, outcome, target and time, newest first, in pages", async () => {
    const ada = await createCustomer();
    const id = await bank.createAccount(ada, { balance: 5 });
    const { token } = await admin();
    for (const name of ["One", "Two", "Three"]) {
      await request("PATCH", `/v1/accounts/${id}`, { token, body: { name } });
    }
    await auditEventsOf(
      await request("PATCH", `/v1/accounts/${id}`, { token: ada.token, body: { name: "Four" } }),
    );
    expect(dataOf(await list(`target_id=${id}&action=account.update`))).toHaveLength(3);
    expect(dataOf(await list(`target_id=${id}&outcome=failure`))).toMatchObject([
      { action: "access.refuse" },
    ]);
    expect(dataOf(await list(`target_id=${id}&from=2999-01-01T00:00:00Z`))).toEqual([]);
    const first = await list(`target_id=${id}&limit=2`);
    const { next_cursor } = first.body as { next_cursor: string };
    const rest = await list(`target_id=${id}&limit=100&cursor=${next_cursor}`);
    const ids = [...dataOf(first), ...dataOf(rest)].map((event) => event.id);
    expect(ids).toEqual([...ids].sort().reverse());
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ["action=explode", "action"],
    ["outcome=maybe", "outcome"],
    ["actor_id=me", "actor_id"],
  ])("refuses ?%s", async (query, path) => {
    expectInvalid(await list(query), [path]);
  });
});
