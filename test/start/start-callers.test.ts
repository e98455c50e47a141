import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { start } from "./npm-start.ts";

const callers = 500;

test("the bank of npm start serves 500 callers at once", { timeout: 90_000 }, async () => {
  const bank = await start();
  await bank.opened();
  const base = `http://127.0.0.1:${String(bank.port)}/v1`;
  const json = { "Content-Type": "application/json" };
  const login = await fetch(`${base}/auth/login`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ email: "alice@edgebank.test", password: "edgebank-demo-only" }),
  });
  const { access_token } = (await login.json()) as { access_token: string };
  const headers = { ...json, Authorization: `Bearer ${access_token}` };
  const [from = "", to = ""] = [...bank.output().matchAll(/USD account (\S+)/g)].map(
    ([, id]) => id,
  );
  const statuses = await Promise.all(
    Array.from({ length: callers }, async () => {
      const response = await fetch(`${base}/transfers`, {
        method: "POST",
        headers: { ...headers, "Idempotency-Key": randomUUID() },
        body: JSON.stringify({ debit_account_id: from, credit_account_id: to, amount: 1 }),
      });
      await response.arrayBuffer();
      return response.status;
    }),
  );
  const counted = Object.entries(Object.groupBy(statuses, String)).map(([status, list]) => [
    status,
    list?.length,
  ]);
  expect(counted).toEqual([["201", callers]]);
});
