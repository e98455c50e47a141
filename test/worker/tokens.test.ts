import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import { forgeries, TokenMaker } from "../harness/forgeries.ts";
import { mintToken, verifyToken } from "../../src/services/tokens.ts";

const secret = new Uint8Array(32).fill(7);
const jwks_url = "https://identity.example/.well-known/jwks.json";
const env = {
  JWT_KEYS: {
    active: "2026-11",
    keys: { "2026-10": new Uint8Array(32).fill(6), "2026-11": secret },
  },
  JWT_ISSUER: "https://edgebank.test",
  JWT_AUDIENCE: "edgebank-test",
} as unknown as Env;

const user_id = "01a20469-8ed8-73a1-9d05-598a0108f975";
const customer_id = "01a20469-8ed7-7e54-a78e-b0ba46161253";
const customer = { user_id, role: "customer", customer_id } as const;

const now = (): number => Math.floor(Date.now() / 1000);
const goodClaims = (): JWTPayload => ({
  iss: "https://edgebank.test",
  aud: "edgebank-test",
  sub: user_id,
  role: "customer",
  customer_id,
  iat: now(),
  exp: now() + 900,
});

const maker = new TokenMaker({ secret, kid: "2026-11", other_kid: "2026-10", claims: goodClaims });

describe("a token", () => {
  test("of the Worker's own is accepted, and says whom it speaks for", async () => {
    expect(await verifyToken(env, await mintToken(env, customer))).toEqual(customer);
    expect(await verifyToken(env, await maker.good())).toEqual(customer);
  });

  test("of an admin has no customer", async () => {
    const admin = { user_id, role: "admin", customer_id: null } as const;
    expect(await verifyToken(env, await mintToken(env, admin))).toEqual(admin);
  });

  test("of the key before is accepted until that key is removed", async () => {
    const token = await maker.sign({ ...maker.header, kid: "2026-10" }, goodClaims(), {
      key: new Uint8Array(32).fill(6),
    });
    expect(await verifyToken(env, token)).toEqual(customer);
    const rotated = { ...env, JWT_KEYS: { active: "2026-11", keys: { "2026-11": secret } } };
    await expect(verifyToken(rotated, token)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

/** A good token of that length. Base64url does not have every length, so the header varies too. */
async function signWithLength(length: number): Promise<string> {
  for (const filler of ["", "x"]) {
    for (let bytes = 2_700; bytes < 2_800; bytes += 1) {
      const header = { ...maker.header, filler };
      const token = await maker.sign(header, { ...goodClaims(), filler: "x".repeat(bytes) });
      if (token.length === length) return token;
    }
  }
  throw new Error(`No token has ${String(length)} characters.`);
}

describe("a token at a limit", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is accepted with 4,096 characters, and refused with one more", async () => {
    expect(await verifyToken(env, await signWithLength(4_096))).toEqual(customer);
    await expect(verifyToken(env, await signWithLength(4_097))).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  test("is accepted when it lives for a day, and refused when it lives for longer", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
    expect(await verifyToken(env, await maker.withClaims({ exp: now() + 86_400 }))).toEqual(
      customer,
    );
    await expect(
      verifyToken(env, await maker.withClaims({ exp: now() + 86_401 })),
    ).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

describe("a token that was verified before", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is refused once it has expired, with five seconds for clocks that differ", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const token = await maker.sign(maker.header, { ...goodClaims(), exp: now() + 10 });
    expect(await verifyToken(env, token)).toEqual(customer);
    vi.advanceTimersByTime(14_000);
    expect(await verifyToken(env, token)).toEqual(customer);
    vi.advanceTimersByTime(1_500);
    await expect(verifyToken(env, token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("is believed for a minute after its key was removed, and not longer", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const own_env = { ...env, JWT_KEYS: { active: "a", keys: { a: secret } } } as Env;
    const token = await maker.sign({ ...maker.header, kid: "a" }, goodClaims());
    expect(await verifyToken(own_env, token)).toEqual(customer);
    delete (own_env.JWT_KEYS.keys as Record<string, unknown>)["a"];
    vi.advanceTimersByTime(59_000);
    expect(await verifyToken(own_env, token)).toEqual(customer);
    vi.advanceTimersByTime(1_000);
    await expect(verifyToken(own_env, token)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

describe("a forged token is refused", () => {
  test.each(forgeries)("%s", async (_case, forge) => {
    await expect(verifyToken(env, await forge(maker))).rejects.toMatchObject({
      name: "ApiError",
      code: "unauthenticated",
    });
  });
});

describe("a token of the identity provider", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const keys = generateKeyPair("ES256", { extractable: true });

  async function signByProvider(
    claims: JWTPayload = goodClaims(),
    kid = "provider-1",
  ): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid })
      .sign((await keys).privateKey);
  }

  async function publishKeys(): Promise<void> {
    const jwk = {
      ...(await exportJWK((await keys).publicKey)),
      kid: "provider-1",
      alg: "ES256",
      use: "sig",
    };
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ keys: [jwk] })));
  }

  test("is accepted when its key is published, and refused when JWKS_URL is not set", async () => {
    await publishKeys();
    const token = await signByProvider();
    expect(await verifyToken({ ...env, JWKS_URL: `${jwks_url}?1` }, token)).toEqual(customer);
    await expect(verifyToken(env, token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test.each(["RS256", "EdDSA"])("may be signed with %s", async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: alg, alg, use: "sig" };
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ keys: [jwk] })));
    const token = await new SignJWT(goodClaims())
      .setProtectedHeader({ alg, typ: "at+jwt", kid: alg })
      .sign(pair.privateKey);
    expect(await verifyToken({ ...env, JWKS_URL: `${jwks_url}?${alg}` }, token)).toEqual(customer);
  });

  test("does not take the place of the bank's own tokens", async () => {
    await publishKeys();
    expect(await verifyToken({ ...env, JWKS_URL: `${jwks_url}?own` }, await maker.good())).toEqual(
      customer,
    );
  });

  test("is refused with an unknown kid, another audience, or an exp that is too far away", async () => {
    await publishKeys();
    const provider = { ...env, JWKS_URL: `${jwks_url}?2` };
    const refused = [
      await signByProvider(goodClaims(), "provider-2"),
      await signByProvider({ ...goodClaims(), aud: "other" }),
      await signByProvider({ ...goodClaims(), exp: now() + 100_000 }),
    ];
    for (const token of refused) {
      await expect(verifyToken(provider, token)).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });

  test("signed with HMAC and a public key of the provider is refused", async () => {
    await publishKeys();
    const provider = { ...env, JWKS_URL: `${jwks_url}?3` };
    const public_key = new TextEncoder().encode(
      JSON.stringify(await exportJWK((await keys).publicKey)),
    );
    const token = await maker.sign({ ...maker.header, kid: "provider-1" }, goodClaims(), {
      key: public_key,
    });
    await expect(verifyToken(provider, token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("is not judged while the provider is away", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
    const provider = { ...env, JWKS_URL: `${jwks_url}?4` };
    await expect(verifyToken(provider, await signByProvider())).rejects.toMatchObject({
      code: "service_unavailable",
    });
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ keys: "none" })));
    await expect(verifyToken(provider, await signByProvider())).rejects.toMatchObject({
      code: "service_unavailable",
    });
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("no", { status: 500 })));
    await expect(verifyToken(provider, await signByProvider())).rejects.toMatchObject({
      code: "service_unavailable",
    });
  });
});
