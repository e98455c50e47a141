import {
  base64url,
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  SignJWT,
} from "jose";
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from "jose";
import { z } from "zod";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";

export const token_lifetime_seconds = 900;
/** Refuses tokens that live too long, in case an issuer makes a mistake. */
const lifetime_seconds_max = 86_400;
const clock_tolerance_seconds = 5;
const token_length_max = 4_096;

/** Three parts of base64url: no padding, no JSON serialization, no encrypted token. */
const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const own_algorithms = ["HS256"];
const provider_algorithms = ["RS256", "ES256", "EdDSA"];

/** The user of a token. */
export type Principal = z.infer<typeof Principal>;

const Principal = z
  .object({
    sub: z.guid().toLowerCase(),
    role: z.enum(["admin", "customer"]),
    customer_id: z.guid().toLowerCase().nullish(),
  })
  .refine(({ role, customer_id }) => (role === "customer") === (typeof customer_id === "string"))
  .transform(({ sub, role, customer_id }) => ({
    user_id: sub,
    role,
    customer_id: customer_id ?? null,
  }));

/** Signs an access token (RFC 9068) with the active key. */
export async function mintToken(env: Env, principal: Principal): Promise<string> {
  const { active, keys } = env.JWT_KEYS;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ role: principal.role, customer_id: principal.customer_id })
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: active })
    .setIssuer(env.JWT_ISSUER)
    .setAudience(env.JWT_AUDIENCE)
    .setSubject(principal.user_id)
    .setJti(crypto.randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + token_lifetime_seconds)
    .sign(keys[active] ?? new Uint8Array());
}

/**
 * How long this isolate trusts a token that it has verified. Short, so that a key which a provider
 * withdraws stops working soon.
 */
const remembered_ms_max = 60_000;
const remembered_max = 2_000;

interface Remembered {
  readonly principal: Principal;
  readonly until_ms: number;
}

const remembered_tokens = new WeakMap<Env, Map<string, Remembered>>();

/**
 * Returns the user of a token. `kid` chooses the key from the allowed keys of its algorithm. Keys
 * that come with the token are never used (RFC 8725). A verified token is remembered for a minute,
 * by its whole text.
 *
 * Throws `unauthenticated`, or `service_unavailable` when the identity provider's keys cannot be
 * fetched.
 */
export async function verifyToken(env: Env, token: string): Promise<Principal> {
  const remembered = recall(env, token);
  if (remembered !== undefined) return remembered;
  try {
    if (token.length > token_length_max || !compact.test(token) || !isCanonical(token))
      throw new errors.JWTInvalid();
    const options: JWTVerifyOptions = {
      issuer: env.JWT_ISSUER,
      audience: env.JWT_AUDIENCE,
      typ: "at+jwt",
      requiredClaims: ["sub", "exp", "role"],
      clockTolerance: clock_tolerance_seconds,
    };
    const { payload } = await verify(env, token, options);
    const principal = readPrincipal(payload);
    remember(env, token, { principal, until_ms: trustedUntil(payload) });
    return principal;
  } catch (error) {
    if (
      error instanceof errors.JWKSTimeout ||
      error instanceof errors.JWKSInvalid ||
      error instanceof KeysUnavailable
    ) {
      throw new ApiError("service_unavailable", { cause: error });
    }
    throw new ApiError("unauthenticated", { cause: error });
  }
}

function recall(env: Env, token: string): Principal | undefined {
  const remembered = remembered_tokens.get(env)?.get(token);
  return remembered !== undefined && Date.now() < remembered.until_ms
    ? remembered.principal
    : undefined;
}

function remember(env: Env, token: string, verified: Remembered): void {
  let tokens = remembered_tokens.get(env);
  if (tokens === undefined || tokens.size >= remembered_max) {
    tokens = new Map();
    remembered_tokens.set(env, tokens);
  }
  tokens.set(token, verified);
}

function trustedUntil({ exp = 0 }: JWTPayload): number {
  return Math.min((exp + clock_tolerance_seconds) * 1_000, Date.now() + remembered_ms_max);
}

function verify(env: Env, token: string, options: JWTVerifyOptions) {
  const { alg } = decodeProtectedHeader(token);
  if (env.JWKS_URL !== undefined && provider_algorithms.includes(alg ?? "")) {
    return jwtVerify(token, providerKeys(env.JWKS_URL), {
      ...options,
      algorithms: provider_algorithms,
    });
  }
  return jwtVerify(token, ownKeys(env), { ...options, algorithms: own_algorithms });
}

function ownKeys(env: Env): JWTVerifyGetKey {
  return async ({ kid }) => {
    const { keys } = env.JWT_KEYS;
    const key = kid !== undefined && Object.hasOwn(keys, kid) ? keys[kid] : undefined;
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return importKey(key);
  };
}

const imported_keys = new WeakMap<Uint8Array, CryptoKey>();

/** Imports each key once per isolate. jose would import raw bytes again for every token. */
async function importKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  let key = imported_keys.get(secret);
  if (key === undefined) {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign", "verify"]);
    imported_keys.set(secret, key);
  }
  return key;
}

/** The identity provider did not answer. That says nothing about the token. */
class KeysUnavailable extends Error {}

const remote_key_sets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

/** jose caches the keys for ten minutes, and fetches them again for an unknown `kid`. */
function providerKeys(url: string): JWTVerifyGetKey {
  const key_set = remote_key_sets.get(url) ?? createRemoteJWKSet(new URL(url));
  remote_key_sets.set(url, key_set);
  return async (header, token) => {
    try {
      return await key_set(header, token);
    } catch (error) {
      if (error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC") throw error;
      throw new KeysUnavailable("The keys of the identity provider cannot be had.", {
        cause: error,
      });
    }
  };
}

function readPrincipal(payload: JWTPayload): Principal {
  const seconds_left = (payload.exp ?? Infinity) - Date.now() / 1000;
  if (!(seconds_left <= lifetime_seconds_max)) throw new errors.JWTInvalid("exp is too far away");
  return Principal.parse(payload);
}

/**
 * base64url can spell one signature in several ways. Only the spelling that encoding produces is
 * accepted.
 */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf(".") + 1);
  return base64url.encode(base64url.decode(signature)) === signature;
}
