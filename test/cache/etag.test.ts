import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { accountRead, get, readUntilHit } from "./cached-reads.ts";

const etagOf = ({ headers }: ApiAnswer): string => headers.get("ETag") ?? "";

test("If-None-Match is answered 304 from the cache alone, until a posting, a rename or a hold changes the account", async () => {
  const [ada, bob] = await Promise.all([createCustomer(), createCustomer()]);
  const id = await bank.createAccount(ada, { balance: 1_000 });
  const bobs_id = await bank.createAccount(bob);
  const read = accountRead(ada, id);
  const known = async (etag: string): Promise<ApiAnswer> =>
    request("GET", read.path, { token: ada.token, headers: { "If-None-Match": etag } });
  const money = { debit_account_id: id, credit_account_id: bobs_id, amount: 1 };
  const { token: admin_token } = await admin();
  const changes: Record<string, () => Promise<ApiAnswer>> = {
    "a posting": () =>
      request("POST", "/v1/transfers", { token: ada.token, key: randomUUID(), body: money }),
    "a rename": () =>
      request("PATCH", read.path, { token: admin_token, body: { name: "Renamed" } }),
    "a hold": () =>
      request("POST", "/v1/holds", { token: ada.token, key: randomUUID(), body: money }),
  };
  const seen = new Set<string>();
  for (const [name, change] of Object.entries(changes)) {
    const etag = etagOf(await readUntilHit(() => get(read)));
    expect(seen).not.toContain(etag);
    seen.add(etag);
    const unchanged = await known(etag);
    expect([unchanged.status, unchanged.text, etagOf(unchanged)], name).toEqual([304, "", etag]);
    expect(unchanged.headers.get("Server-Timing")).toMatch(/^db;dur=0\.0, cache;desc=hit/);
    expect((await change()).status, name).toBeLessThan(300);
    const fresh = await known(etag);
    expect(fresh.status, name).toBe(200);
    expect(fresh.body).toEqual(await read.truth());
  }
});
