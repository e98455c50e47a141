import { base64url, UnsecuredJWT, type JWTPayload } from "jose";

/** What a Worker takes for a good token of its own. */
export interface Genuine {
  readonly secret: Uint8Array;
  readonly kid: string;
  /** Another key of the Worker's, or of nobody's. */
  readonly other_kid: string;
  readonly claims: () => JWTPayload;
}

const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));

/**
 * Makes good tokens and bad ones: signed with HMAC whatever the header says, which jose itself
 * would refuse to do.
 */
export class TokenMaker {
  readonly secret: Uint8Array;
  readonly header: { readonly alg: string; readonly typ: string; readonly kid: string };
  readonly other_kid: string;
  readonly claims: () => JWTPayload;

  constructor({ secret, kid, other_kid, claims }: Genuine) {
    this.secret = secret;
    this.header = { alg: "HS256", typ: "at+jwt", kid };
    this.other_kid = other_kid;
    this.claims = claims;
  }

  async sign(
    header: unknown,
    claims: unknown,
    { key = this.secret, hash = "SHA-256" }: { key?: Uint8Array; hash?: string } = {},
  ): Promise<string> {
    const texts = [header, claims].map((part) => (typeof part === "string" ? part : encode(part)));
    const signed = texts.join(".");
    const algorithm = { name: "HMAC", hash };
    const hmac = await crypto.subtle.importKey("raw", Uint8Array.from(key), algorithm, false, [
      "sign",
      "verify",
    ]);
    const signature = await crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(signed));
    return `${signed}.${base64url.encode(new Uint8Array(signature))}`;
  }

  withHeader(header: object): Promise<string> {
    return this.sign({ ...this.header, ...header }, this.claims());
  }

  withClaims(claims: object): Promise<string> {
    return this.sign(this.header, { ...this.claims(), ...claims });
  }

  good(): Promise<string> {
    return this.sign(this.header, this.claims());
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
const part = (token: string, index: number): string => token.split(".")[index] ?? "";
const base64url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same signature spelled with other unused bits at its end. */
function respell(token: string): string {
  const last = base64url_alphabet.indexOf(token.slice(-1));
  return token.slice(0, -1) + (base64url_alphabet[last ^ 1] ?? "");
}

const other_secret = new Uint8Array(32).fill(8);
const unknown_id = "01a20469-8ed7-7e54-a78e-b0ba46161253";
const rsa_key_as_secret = new TextEncoder().encode(
  "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
);

/** Tokens that nobody may be let in with, made of good ones. */
export const forgeries: readonly (readonly [
  name: string,
  forge: (by: TokenMaker) => Promise<string> | string,
])[] = [
  ["nothing", () => ""],
  ["a word", () => "token"],
  ["two dots", () => ".."],
  ["alg none", (by) => new UnsecuredJWT(by.claims()).encode()],
  [
    "alg none with the good signature",
    async (by) =>
      `${encode({ ...by.header, alg: "none" })}.${encode(by.claims())}.${part(await by.good(), 2)}`,
  ],
  ["alg None", (by) => by.withHeader({ alg: "None" })],
  ["alg empty", (by) => by.withHeader({ alg: "" })],
  ["alg missing", (by) => by.sign({ typ: "at+jwt", kid: by.header.kid }, by.claims())],
  ["alg a list", (by) => by.withHeader({ alg: ["HS256"] })],
  ["no signature", async (by) => `${part(await by.good(), 0)}.${part(await by.good(), 1)}.`],
  ["a truncated signature", async (by) => (await by.good()).slice(0, -8)],
  [
    "a signature of zeros",
    async (by) => `${part(await by.good(), 0)}.${part(await by.good(), 1)}.${"A".repeat(43)}`,
  ],
  ["another spelling of the signature", async (by) => respell(await by.good())],
  ["a padded signature", async (by) => `${await by.good()}=`],
  ["another secret", (by) => by.sign(by.header, by.claims(), { key: other_secret })],
  ["an empty secret", (by) => by.sign(by.header, by.claims(), { key: new Uint8Array(1) })],
  ["the secret of another kid", (by) => by.withHeader({ kid: by.other_kid })],
  ["HS384", (by) => by.sign({ ...by.header, alg: "HS384" }, by.claims(), { hash: "SHA-384" })],
  ["HS512", (by) => by.sign({ ...by.header, alg: "HS512" }, by.claims(), { hash: "SHA-512" })],
  ["RS256 signed with HMAC", (by) => by.withHeader({ alg: "RS256" })],
  [
    "RS256 whose public key was the secret",
    (by) => by.sign({ ...by.header, alg: "RS256" }, by.claims(), { key: rsa_key_as_secret }),
  ],
  ["ES256", (by) => by.withHeader({ alg: "ES256" })],
  ["EdDSA", (by) => by.withHeader({ alg: "EdDSA" })],
  ["no kid", (by) => by.sign({ alg: "HS256", typ: "at+jwt" }, by.claims())],
  ["an unknown kid", (by) => by.withHeader({ kid: "unknown" })],
  ["an empty kid", (by) => by.withHeader({ kid: "" })],
  ["a kid that every object has", (by) => by.withHeader({ kid: "constructor" })],
  ["the prototype as kid", (by) => by.withHeader({ kid: "__proto__" })],
  ["a path as kid", (by) => by.withHeader({ kid: "../../dev/null" })],
  ["SQL as kid", (by) => by.withHeader({ kid: "' or 1=1 --" })],
  ["a kid of 10 kB", (by) => by.withHeader({ kid: "k".repeat(10_000) })],
  ["a number as kid", (by) => by.withHeader({ kid: 1 })],
  [
    "a key of its own",
    (by) => by.withHeader({ kid: undefined, jwk: { kty: "oct", k: base64url.encode(by.secret) } }),
  ],
  [
    "a key set of its own",
    (by) => by.withHeader({ kid: undefined, jku: "https://evil.example/jwks.json" }),
  ],
  [
    "a certificate of its own",
    (by) => by.withHeader({ kid: undefined, x5u: "https://evil.example/x5u" }),
  ],
  ["an unknown critical header", (by) => by.withHeader({ crit: ["exp"], exp: 1 })],
  ["an unencoded payload", (by) => by.withHeader({ crit: ["b64"], b64: false })],
  ["typ JWT", (by) => by.withHeader({ typ: "JWT" })],
  ["no typ", (by) => by.withHeader({ typ: undefined })],
  ["typ id+jwt", (by) => by.withHeader({ typ: "id+jwt" })],
  ["no exp", (by) => by.withClaims({ exp: undefined })],
  ["expired", (by) => by.withClaims({ exp: now() - 60 })],
  ["exp as text", (by) => by.withClaims({ exp: String(now() + 900) })],
  ["exp null", (by) => by.withClaims({ exp: null })],
  ["exp negative", (by) => by.withClaims({ exp: -1 })],
  ["exp in the year 9999", (by) => by.withClaims({ exp: 253_402_300_799 })],
  [
    "exp beyond every number",
    (by) =>
      by.sign(
        by.header,
        base64url.encode(JSON.stringify(by.claims()).replace(/"exp":\d+/, '"exp":1e999')),
      ),
  ],
  ["not yet valid", (by) => by.withClaims({ nbf: now() + 600 })],
  ["nbf as text", (by) => by.withClaims({ nbf: "now" })],
  ["no iss", (by) => by.withClaims({ iss: undefined })],
  ["another iss", (by) => by.withClaims({ iss: `${by.claims().iss ?? ""}/` })],
  ["no aud", (by) => by.withClaims({ aud: undefined })],
  ["another aud", (by) => by.withClaims({ aud: "edgebank" })],
  ["an empty list of aud", (by) => by.withClaims({ aud: [] })],
  ["no sub", (by) => by.withClaims({ sub: undefined })],
  ["a number as sub", (by) => by.withClaims({ sub: 1 })],
  ["a name as sub", (by) => by.withClaims({ sub: "alice" })],
  ["no role", (by) => by.withClaims({ role: undefined })],
  ["role Admin", (by) => by.withClaims({ role: "Admin", customer_id: null })],
  ["role admin with a space", (by) => by.withClaims({ role: " admin", customer_id: null })],
  ["role superuser", (by) => by.withClaims({ role: "superuser", customer_id: null })],
  ["a list of roles", (by) => by.withClaims({ role: ["admin"], customer_id: null })],
  ["role true", (by) => by.withClaims({ role: true, customer_id: null })],
  ["an admin with a customer", (by) => by.withClaims({ role: "admin", customer_id: unknown_id })],
  ["a customer without a customer", (by) => by.withClaims({ customer_id: null })],
  ["a customer whose id is no UUID", (by) => by.withClaims({ customer_id: "' or true --" })],
  ["claims that are a list", (by) => by.sign(by.header, [by.claims()])],
  ["claims that are no JSON", (by) => by.sign(by.header, base64url.encode("role=admin"))],
  ["a header that is no JSON", (by) => by.sign(base64url.encode("HS256"), by.claims())],
  ["a header that is null", (by) => by.sign(null, by.claims())],
  [
    "the payload of another token",
    async (by) => {
      const payload = encode({ ...by.claims(), role: "admin" });
      return `${part(await by.good(), 0)}.${payload}.${part(await by.good(), 2)}`;
    },
  ],
  ["an encrypted token", async (by) => `${await by.good()}.AAAA.AAAA`],
  [
    "the JSON serialisation",
    async (by) =>
      JSON.stringify({
        payload: part(await by.good(), 1),
        protected: part(await by.good(), 0),
        signature: part(await by.good(), 2),
      }),
  ],
  ["a token of 16 kB", (by) => by.withClaims({ padding: "x".repeat(16_000) })],
  ["a NUL after it", async (by) => `${await by.good()}\0`],
];
