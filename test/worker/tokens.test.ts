import { base64url, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import { mintToken, verifyToken } from "../../src/services/tokens.ts";

const secret = new Uint8Array(32).fill(7);
const other_secret = new Uint8Array(32).fill(8);
const jwks_url = "https://identity.example/.well-known/jwks.json";
const env = {
  JWT_KEYS: { active: "2026-11", keys: { "2026-10": new Uint8Array(32).fill(6), "2026-11": secret } },
  JWT_ISSUER: "https://edgebank.test",
  JWT_AUDIENCE: "edgebank-test",
} as unknown as Env;

const user_id = "01a20469-8ed8-73a1-9d05-598a0108f975";
const customer_id = "01a20469-8ed7-7e54-a78e-b0ba46161253";
const customer = { user_id, role: "customer", customer_id } as const;

const now = (): number => Math.floor(Date.now() / 1000);
const good_header = { alg: "HS256", typ: "at+jwt", kid: "2026-11" };
const goodClaims = (): JWTPayload => ({
  iss: "https://edgebank.test",
  aud: "edgebank-test",
  sub: user_id,
  role: "customer",
  customer_id,
  iat: now(),
  exp: now() + 900,
});

const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));

/** Signed with HMAC whatever the header says; jose itself would refuse to make most of these. */
async function sign(
  header: unknown,
  claims: unknown,
  { key = secret, hash = "SHA-256" }: { key?: Uint8Array; hash?: string } = {},
): Promise<string> {
  const signed = `${typeof header === "string" ? header : encode(header)}.${typeof claims === "string" ? claims : encode(claims)}`;
  const hmac = await crypto.subtle.importKey("raw", Uint8Array.from(key), { name: "HMAC", hash }, false, [
    "sign",
  ]);
  const signature = await crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(signed));
  return `${signed}.${base64url.encode(new Uint8Array(signature))}`;
}

const withHeader = (header: object): Promise<string> => sign({ ...good_header, ...header }, goodClaims());
const withClaims = (claims: object): Promise<string> => sign(good_header, { ...goodClaims(), ...claims });
const good = (): Promise<string> => sign(good_header, goodClaims());

describe("a token", () => {
  test("of the Worker's own is accepted, and says whom it speaks for", async () => {
    expect(await verifyToken(env, await mintToken(env, customer))).toEqual(customer);
    expect(await verifyToken(env, await good())).toEqual(customer);
  });

  test("of an admin has no customer", async () => {
    const admin = { user_id, role: "admin", customer_id: null } as const;
    expect(await verifyToken(env, await mintToken(env, admin))).toEqual(admin);
  });

  test("of the key before is accepted until that key is removed", async () => {
    const token = await sign({ ...good_header, kid: "2026-10" }, goodClaims(), {
      key: new Uint8Array(32).fill(6),
    });
    expect(await verifyToken(env, token)).toEqual(customer);
    const rotated = { ...env, JWT_KEYS: { active: "2026-11", keys: { "2026-11": secret } } };
    await expect(verifyToken(rotated, token)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

const part = (token: string, index: number): string => token.split(".")[index] ?? "";
const base64url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same signature spelled with other unused bits at its end. */
function respell(token: string): string {
  const last = base64url_alphabet.indexOf(token.slice(-1));
  return token.slice(0, -1) + (base64url_alphabet[last ^ 1] ?? "");
}

const rsa_key_as_secret = new TextEncoder().encode(
  "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
);

const forgeries: [string, () => Promise<string> | string][] = [
  ["nothing", () => ""],
  ["a word", () => "token"],
  ["two dots", () => ".."],
  ["alg none", () => new UnsecuredJWT(goodClaims()).encode()],
  [
    "alg none with the good signature",
    async () => `${encode({ ...good_header, alg: "none" })}.${encode(goodClaims())}.${part(await good(), 2)}`,
  ],
  ["alg None", () => withHeader({ alg: "None" })],
  ["alg empty", () => withHeader({ alg: "" })],
  ["alg missing", () => sign({ typ: "at+jwt", kid: "2026-11" }, goodClaims())],
  ["alg a list", () => withHeader({ alg: ["HS256"] })],
  ["no signature", async () => `${part(await good(), 0)}.${part(await good(), 1)}.`],
  ["a truncated signature", async () => (await good()).slice(0, -8)],
  ["a signature of zeros", async () => `${part(await good(), 0)}.${part(await good(), 1)}.${"A".repeat(43)}`],
  ["another spelling of the signature", async () => respell(await good())],
  ["a padded signature", async () => `${await good()}=`],
  ["another secret", () => sign(good_header, goodClaims(), { key: other_secret })],
  ["an empty secret", () => sign(good_header, goodClaims(), { key: new Uint8Array(1) })],
  ["the secret of another kid", () => withHeader({ kid: "2026-10" })],
  ["HS384", () => sign({ ...good_header, alg: "HS384" }, goodClaims(), { hash: "SHA-384" })],
  ["HS512", () => sign({ ...good_header, alg: "HS512" }, goodClaims(), { hash: "SHA-512" })],
  ["RS256 signed with HMAC", () => withHeader({ alg: "RS256" })],
  [
    "RS256 whose public key was the secret",
    () => sign({ ...good_header, alg: "RS256" }, goodClaims(), { key: rsa_key_as_secret }),
  ],
  ["ES256", () => withHeader({ alg: "ES256" })],
  ["EdDSA", () => withHeader({ alg: "EdDSA" })],
  ["no kid", () => sign({ alg: "HS256", typ: "at+jwt" }, goodClaims())],
  ["an unknown kid", () => withHeader({ kid: "2026-12" })],
  ["an empty kid", () => withHeader({ kid: "" })],
  ["a kid that every object has", () => withHeader({ kid: "constructor" })],
  ["the prototype as kid", () => withHeader({ kid: "__proto__" })],
  ["a path as kid", () => withHeader({ kid: "../../dev/null" })],
  ["SQL as kid", () => withHeader({ kid: "' or 1=1 --" })],
  ["a kid of 10 kB", () => withHeader({ kid: "k".repeat(10_000) })],
  ["a number as kid", () => withHeader({ kid: 1 })],
  [
    "a key of its own",
    () => withHeader({ kid: undefined, jwk: { kty: "oct", k: base64url.encode(secret) } }),
  ],
  ["a key set of its own", () => withHeader({ kid: undefined, jku: "https://evil.example/jwks.json" })],
  ["a certificate of its own", () => withHeader({ kid: undefined, x5u: "https://evil.example/x5u" })],
  ["an unknown critical header", () => withHeader({ crit: ["exp"], exp: 1 })],
  ["an unencoded payload", () => withHeader({ crit: ["b64"], b64: false })],
  ["typ JWT", () => withHeader({ typ: "JWT" })],
  ["no typ", () => withHeader({ typ: undefined })],
  ["typ id+jwt", () => withHeader({ typ: "id+jwt" })],
  ["no exp", () => withClaims({ exp: undefined })],
  ["expired", () => withClaims({ exp: now() - 60 })],
  ["exp as text", () => withClaims({ exp: String(now() + 900) })],
  ["exp null", () => withClaims({ exp: null })],
  ["exp negative", () => withClaims({ exp: -1 })],
  ["exp in the year 9999", () => withClaims({ exp: 253_402_300_799 })],
  [
    "exp beyond every number",
    () =>
      sign(good_header, base64url.encode(JSON.stringify(goodClaims()).replace(/"exp":\d+/, '"exp":1e999'))),
  ],
  ["not yet valid", () => withClaims({ nbf: now() + 600 })],
  ["nbf as text", () => withClaims({ nbf: "now" })],
  ["no iss", () => withClaims({ iss: undefined })],
  ["another iss", () => withClaims({ iss: "https://edgebank.test/" })],
  ["no aud", () => withClaims({ aud: undefined })],
  ["another aud", () => withClaims({ aud: "edgebank" })],
  ["an empty list of aud", () => withClaims({ aud: [] })],
  ["no sub", () => withClaims({ sub: undefined })],
  ["a number as sub", () => withClaims({ sub: 1 })],
  ["a name as sub", () => withClaims({ sub: "alice" })],
  ["no role", () => withClaims({ role: undefined })],
  ["role Admin", () => withClaims({ role: "Admin" })],
  ["role admin with a space", () => withClaims({ role: " admin" })],
  ["role superuser", () => withClaims({ role: "superuser" })],
  ["a list of roles", () => withClaims({ role: ["admin"] })],
  ["role true", () => withClaims({ role: true })],
  ["an admin with a customer", () => withClaims({ role: "admin" })],
  ["a customer without a customer", () => withClaims({ customer_id: null })],
  ["a customer whose id is no UUID", () => withClaims({ customer_id: "' or true --" })],
  ["claims that are a list", () => sign(good_header, [goodClaims()])],
  ["claims that are no JSON", () => sign(good_header, base64url.encode("role=admin"))],
  ["a header that is no JSON", () => sign(base64url.encode("HS256"), goodClaims())],
  ["a header that is null", () => sign(null, goodClaims())],
  [
    "the payload of another token",
    async () =>
      `${part(await good(), 0)}.${encode({ ...goodClaims(), role: "admin" })}.${part(await good(), 2)}`,
  ],
  ["an encrypted token", async () => `${await good()}.AAAA.AAAA`],
  [
    "the JSON serialisation",
    async () =>
      JSON.stringify({
        payload: part(await good(), 1),
        protected: part(await good(), 0),
        signature: part(await good(), 2),
      }),
  ],
  ["a token of 16 kB", () => withClaims({ padding: "x".repeat(16_000) })],
  ["a NUL after it", async () => `${await good()}\0`],
];

describe("a forged token is refused", () => {
  test.each(forgeries)("%s", async (_case, forge) => {
    await expect(verifyToken(env, await forge())).rejects.toMatchObject({
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

  async function signByProvider(claims: JWTPayload = goodClaims(), kid = "provider-1"): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid })
      .sign((await keys).privateKey);
  }

  async function publishKeys(): Promise<void> {
    const jwk = { ...(await exportJWK((await keys).publicKey)), kid: "provider-1", alg: "ES256", use: "sig" };
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ keys: [jwk] })));
  }

  test("is accepted when its key is published, and refused when JWKS_URL is not set", async () => {
    await publishKeys();
    const token = await signByProvider();
    expect(await verifyToken({ ...env, JWKS_URL: `${jwks_url}?1` }, token)).toEqual(customer);
    await expect(verifyToken(env, token)).rejects.toMatchObject({ code: "unauthenticated" });
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
    const public_key = new TextEncoder().encode(JSON.stringify(await exportJWK((await keys).publicKey)));
    const token = await sign({ ...good_header, kid: "provider-1" }, goodClaims(), { key: public_key });
    await expect(verifyToken(provider, token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("is not judged while the provider is away", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
    const provider = { ...env, JWKS_URL: `${jwks_url}?4` };
    await expect(verifyToken(provider, await signByProvider())).rejects.toMatchObject({
      code: "service_unavailable",
    });
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("no", { status: 500 })));
    await expect(verifyToken(provider, await signByProvider())).rejects.toMatchObject({
      code: "service_unavailable",
    });
  });
});
