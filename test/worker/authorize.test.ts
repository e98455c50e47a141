import { Context } from "hono";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AppContext, AppEnv } from "../../src/edge/app-env.ts";
import { authorize } from "../../src/edge/authorize.ts";
import type { Env } from "../../src/env.ts";
import { actorOf, type RequestContext } from "../../src/services/request-context.ts";
import { mintToken } from "../../src/services/tokens.ts";

const customer = {
  user_id: "01a20469-8ed8-73a1-9d05-598a0108f975",
  role: "customer",
  customer_id: "01a20469-8ed7-7e54-a78e-b0ba46161253",
} as const;
const admin = {
  user_id: "01a20469-8edc-7807-894f-3b072fab8d9a",
  role: "admin",
  customer_id: null,
} as const;

/** The keys that the limiters have counted, and whether they let requests pass. */
let counted: string[] = [];
let is_full = false;
let is_broken = false;
beforeEach(() => {
  counted = [];
  is_full = false;
  is_broken = false;
});

const limiter = (name: string): RateLimit => ({
  limit: ({ key }) => {
    if (is_broken) return Promise.reject(new Error("The limiter is broken."));
    counted.push(`${name} ${key}`);
    return Promise.resolve({ success: !is_full });
  },
});

const env = {
  JWT_KEYS: { active: "a", keys: { a: new Uint8Array(32).fill(7) } },
  JWT_ISSUER: "https://edgebank.test",
  JWT_AUDIENCE: "edgebank-test",
  USER_RATE_LIMIT: limiter("user"),
  ADDRESS_RATE_LIMIT: limiter("address"),
} as unknown as Env;

function contextWith(authorization: string | undefined): AppContext {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const c = new Context<AppEnv>(new Request("http://bank.test/", { headers }));
  const context = { env, request_id: "r", ip: "198.51.100.7", caller: null, actor: null };
  c.set("context", context as unknown as RequestContext);
  return c;
}

const bearer = async (principal: typeof customer | typeof admin): Promise<string> =>
  `Bearer ${await mintToken(env, principal)}`;

describe("an operation for some callers", () => {
  test("is allowed to them, and acts for the user of the token", async () => {
    const c = contextWith(await bearer(customer));
    await authorize(c, ["admin", "customer"]);
    const actor = { ...customer, request_id: "r", ip: "198.51.100.7" };
    expect(actorOf(c.get("context"))).toEqual(actor);
    expect(c.get("context").caller).toEqual(actor);
    expect(counted).toEqual([`user ${customer.user_id}`]);
  });

  test("is forbidden to others, who act for nobody but are known to the audit log", async () => {
    const c = contextWith(await bearer(customer));
    await expect(authorize(c, ["admin"])).rejects.toMatchObject({ code: "forbidden" });
    expect(c.get("context").actor).toBeNull();
    expect(() => actorOf(c.get("context"))).toThrow();
    expect(c.get("context").caller).toMatchObject({ user_id: customer.user_id });
  });

  test("is allowed to an admin where it says so", async () => {
    const c = contextWith(await bearer(admin));
    await authorize(c, ["admin"]);
    expect(actorOf(c.get("context"))).toMatchObject(admin);
  });

  test("is limited for each user, before the role is looked at", async () => {
    is_full = true;
    const c = contextWith(await bearer(customer));
    await expect(authorize(c, ["admin"])).rejects.toMatchObject({ code: "rate_limited" });
    expect(c.get("context").actor).toBeNull();
  });
});

test("a broken limiter lets the request in, and the log says which request", async () => {
  is_broken = true;
  const written = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await authorize(contextWith(await bearer(admin)), ["admin"]);
  const lines = written.mock.calls.map(([line]) => JSON.parse(String(line)) as object);
  written.mockRestore();
  expect(lines).toMatchObject([{ event: "rate_limit_unavailable", request_id: "r" }]);
});

describe("a caller without a valid token", () => {
  test.each([
    ["none", () => undefined],
    ["an empty one", () => ""],
    ["the scheme alone", () => "Bearer "],
    ["another scheme", async () => (await bearer(admin)).replace("Bearer", "Basic")],
    ["something before the scheme", async () => `x${await bearer(admin)}`],
    ["something after the token", async () => `${await bearer(admin)} x`],
    ["one that is signed by somebody else", async () => `${await bearer(admin)}x`],
  ])("is refused and counted by address: %s", async (_case, make) => {
    const c = contextWith(await make());
    await expect(authorize(c, ["admin"])).rejects.toMatchObject({ code: "unauthenticated" });
    expect(c.get("context")).toMatchObject({ caller: null, actor: null });
    expect(counted).toEqual(["address 198.51.100.7"]);
  });

  test("is told the scheme when the header has no token", async () => {
    await expect(authorize(contextWith(undefined), ["admin"])).rejects.toMatchObject({
      headers: { "WWW-Authenticate": "Bearer" },
    });
  });

  test("is limited when the address has asked too often", async () => {
    is_full = true;
    await expect(authorize(contextWith(undefined), ["admin"])).rejects.toMatchObject({
      code: "rate_limited",
    });
  });

  test("may write the scheme in lower case, with more than one space", async () => {
    const c = contextWith((await bearer(admin)).replace("Bearer ", "bearer   "));
    await authorize(c, ["admin"]);
    expect(actorOf(c.get("context"))).toMatchObject(admin);
  });
});

test("an operation for anyone looks at no token, limits by address, and has no actor", async () => {
  const c = contextWith("Bearer nonsense");
  await authorize(c, "anyone");
  expect(counted).toEqual(["address 198.51.100.7"]);
  expect(c.get("context").actor).toBeNull();
});
