import { randomUUID } from "node:crypto";
import { SignJWT, type JWTPayload } from "jose";

/** The settings of a Worker that its tokens depend on. */
export interface Signing {
  readonly jwt_keys: string;
  readonly jwt_issuer: string;
  readonly jwt_audience: string;
}

export interface TokenHolder {
  readonly user_id: string;
  readonly role: "admin" | "customer";
  readonly customer_id: string | null;
}

export interface TokenOptions {
  /** Claims that replace the usual ones. `undefined` leaves a claim out. */
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  /** The lifetime. Without it, the token lasts as long as the Worker's own tokens. */
  readonly lifetime_seconds?: number;
  readonly kid?: string;
  readonly secret?: Uint8Array;
}

/**
 * Signs an access token as a Worker with these settings does, for tests, benchmarks and the proof.
 */
export async function signAccessToken(
  signing: Signing,
  actor: TokenHolder,
  options: TokenOptions = {},
): Promise<string> {
  const { active, keys } = JSON.parse(signing.jwt_keys) as {
    active: string;
    keys: Record<string, string>;
  };
  const now = Math.floor(Date.now() / 1000);
  const claims: JWTPayload = {
    iss: signing.jwt_issuer,
    aud: signing.jwt_audience,
    sub: actor.user_id,
    role: actor.role,
    customer_id: actor.customer_id,
    jti: randomUUID(),
    iat: now,
    exp: now + (options.lifetime_seconds ?? 900),
    ...options.claims,
  };
  const kid = options.kid ?? active;
  const secret = options.secret ?? Buffer.from(keys[kid] ?? "", "base64url");
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid, ...options.header })
    .sign(secret);
}
