import { randomUUID } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, inject, test } from "vitest";
import { admin, bank, fromAddress, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { auditEventsOf, expectInvalid, expectProblem } from "./expectations.ts";

const password = "correct horse battery";

async function createLogin(): Promise<{ email: string; customer_id: string }> {
  const email = `login-${randomUUID()}@edgebank.test`;
  const { token } = await admin();
  const { body } = await request("POST", "/v1/customers", {
    token,
    body: { name: "Ada", email, password },
  });
  return { email, customer_id: (body as { id: string }).id };
}

/** Each test comes from addresses of its own, so that no limit of one reaches another. */
let last_address = 0;
const newAddress = (): string =>
  `198.51.${String(100 + Math.floor(last_address / 250))}.${String((last_address++ % 250) + 1)}`;

const login = (body: object, address = newAddress()): Promise<ApiAnswer> =>
  request("POST", "/v1/auth/login", { body, headers: fromAddress(address) });

describe("POST /v1/auth/login", () => {
  test("gives a token that works, whatever the case of the email", async () => {
    const { email, customer_id } = await createLogin();
    const answer = await login({ email: email.toUpperCase(), password });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      token_type: "Bearer",
      expires_in: 900,
      role: "customer",
      customer_id,
    });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    const { access_token } = answer.body as { access_token: string };
    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: "HS256", typ: "at+jwt" });
    const { exp = 0, iat = 0, ...claims } = decodeJwt(access_token);
    expect(exp - iat).toBe(900);
    expect(claims).toMatchObject({
      iss: inject("jwt_issuer"),
      aud: inject("jwt_audience"),
      customer_id,
    });
    const me = await request("GET", "/v1/me", { token: access_token });
    expect(me.body).toMatchObject({ email, customer: { id: customer_id } });
    expect(await auditEventsOf(answer)).toMatchObject([
      { actor_id: claims.sub, action: "login", outcome: "success" },
    ]);
  });

  test("answers an unknown email and a wrong password alike, and audits both", async () => {
    const { email } = await createLogin();
    const wrong = await login({ email, password: "wrong horse battery" });
    const unknown = await login({ email: `nobody-${randomUUID()}@edgebank.test`, password });
    expectProblem(wrong, "invalid_credentials");
    expectProblem(unknown, "invalid_credentials");
    expect([...wrong.headers.keys()]).toEqual([...unknown.headers.keys()]);
    expect(await auditEventsOf(wrong)).toMatchObject([{ action: "login", outcome: "failure" }]);
    expect(await auditEventsOf(unknown)).toMatchObject([
      { actor_id: null, action: "login", outcome: "failure" },
    ]);
  });

  test.each([
    "",
    "no email",
    "user@exämple.com",
    "ada@example.com\u0000",
    "\ud800@example.com",
    `${"a".repeat(300)}@example.com`,
    "a!b#c&d=e/f*g?h^i`j{k}l|m~n$o%p@example.com",
  ])("answers %j like any email that nobody has", async (email) => {
    expectProblem(await login({ email, password }), "invalid_credentials");
  });

  test.each(["example.com", "example.xn--p1ai"])(
    "takes every email at %s that a customer may be created with",
    async (domain) => {
      const email = `a!b#c&d=e/f*g?h^i\`j{k}l|m~n$o%p.${randomUUID().slice(0, 8)}@${domain}`;
      const { token } = await admin();
      const created = await request("POST", "/v1/customers", {
        token,
        body: { name: "Ada", email, password },
      });
      expect(created.status, created.text).toBe(201);
      expect((await login({ email, password })).status).toBe(200);
    },
  );

  test("keeps neither password nor email in the audit log", async () => {
    const { email } = await createLogin();
    const answer = await login({ email, password: "my-secret-that-is-wrong" });
    expect(await auditEventsOf(answer)).toHaveLength(1);
    const [row] = await bank.sql<{ text: string }>(
      "select to_jsonb(event)::text as text from bank.audit_events as event where request_id = $1",
      [answer.headers.get("X-Request-Id")],
    );
    expect(row?.text).not.toMatch(/my-secret|edgebank\.test/);
  });

  test.each([
    [{ email: "a@b.example" }, ["password"]],
    [{ email: "a@b.example", password: "" }, ["password"]],
    [{ email: "a@b.example", password: "x".repeat(129) }, ["password"]],
    [{ password }, ["email"]],
    [{ email: "a@b.example", password, role: "admin" }, ["role"]],
    [{ email: ["a@b.example"], password: { $ne: "" } }, ["email", "password"]],
  ])("refuses %j", async (body, paths) => {
    expectInvalid(await login(body), paths);
  });
});

const window_ms = 900_000;
const windowOf = (time_ms: number): number => Math.floor(time_ms / window_ms);

/**
 * Fifteen guesses for a new email, made at once from one address. They are made again only when the
 * run cannot show what it is about: when a window of the limit turned meanwhile, or when Redis did
 * not count, which the answers say.
 */
async function guessFifteenTimes(): Promise<{
  email: string;
  address: string;
  answers: ApiAnswer[];
}> {
  for (;;) {
    const [{ email }, address, began_at] = [await createLogin(), newAddress(), Date.now()];
    const guess = { email, password: "wrong horse battery" };
    const answers = await Promise.all(Array.from({ length: 15 }, () => login(guess, address)));
    const policies = answers
      .filter(({ status }) => status === 429)
      .map(({ headers }) => headers.get("RateLimit-Policy"));
    const was_counted_here = policies.some(
      (policy) => policy?.startsWith('"login-location"') === true,
    );
    if (windowOf(began_at) === windowOf(Date.now()) && !was_counted_here)
      return { email, address, answers };
  }
}

describe("the limits of logins", () => {
  test(
    "of 15 guesses made at once 10 are judged; the customer gets in from elsewhere",
    { timeout: 60_000 },
    async () => {
      const { email, address, answers } = await guessFifteenTimes();
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(5).fill(429)]);

      const refused = await login({ email, password }, address);
      expectProblem(refused, "rate_limited");
      expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect(Number(refused.headers.get("Retry-After"))).toBeLessThanOrEqual(900);
      expect(refused.headers.get("RateLimit-Policy")).toBe('"login-email-address";q=10;w=900');
      expect(refused.headers.get("RateLimit")).toMatch(/^"login-email-address";r=0;t=\d+$/);
      expect((await login({ email, password })).status).toBe(200);
    },
  );

  test("count failures only: more logins than the limit succeed", { timeout: 60_000 }, async () => {
    const { email } = await createLogin();
    const address = newAddress();
    for (let round = 0; round < 11; round++)
      expect((await login({ email, password }, address)).status).toBe(200);
  });
});
