import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { bank, createCustomer } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import { startOwnServer } from "./own-server.ts";

const forged = "203.0.113.66";

/** What the audit log says of a refused request with these headers. */
async function auditedAddress(
  origin: string,
  headers: Record<string, string>,
): Promise<string | null> {
  const { token } = await createCustomer();
  const answer = await requestAt(origin, "PATCH", `/v1/accounts/${randomUUID()}`, {
    token,
    headers,
    body: {},
  });
  expect(answer.status).toBe(403);
  const find = () =>
    bank.sql<{ ip: string | null }>(
      "select host(ip::inet) as ip from bank.audit_events where request_id = $1",
      [answer.headers.get("X-Request-Id")],
    );
  await expect.poll(find, { timeout: 10_000 }).toHaveLength(1);
  const [event] = await find();
  return event?.ip ?? null;
}

test("without a trusted proxy, the client's address is that of its connection, whatever it says", async () => {
  const { url } = await startOwnServer({ vars: { TRUSTED_PROXIES: "" } });
  const headers = { "CF-Connecting-IP": forged, "X-Forwarded-For": forged };
  expect(await auditedAddress(url, headers)).toBe("127.0.0.1");
});

test("behind a trusted proxy, it is the last address that the proxy has added", async () => {
  const { url } = await startOwnServer({ vars: { TRUSTED_PROXIES: "127.0.0.0/8, 10.1.2.3" } });
  expect(await auditedAddress(url, { "X-Forwarded-For": `${forged}, 192.0.2.7, 10.1.2.3` })).toBe(
    "192.0.2.7",
  );
  expect(await auditedAddress(url, { "CF-Connecting-IP": forged })).toBe("127.0.0.1");
});
