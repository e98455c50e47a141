import { timingSafeEqual } from "node:crypto";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";

/**
 * The list that a cursor belongs to: the operation, its filters, the account in its path, and the
 * customer. A cursor of any other list is refused, so that a position never changes its meaning.
 */
export type List = Readonly<Record<string, string | null | undefined>> & {
  readonly operation: string;
};

const mac_bytes = 16;

/** Encodes the position of the next page as opaque text. Null stays null. */
export async function encodeCursor(
  env: Env,
  list: List,
  position: string | null,
): Promise<string | null> {
  if (position === null) return null;
  const mac = await sign(await deriveKey(env, env.JWT_KEYS.active), list, position);
  return `${Buffer.from(position).toString("base64url")}.${mac}`;
}

/**
 * Returns the position in a cursor that this Worker made for this list. Throws `cursor_invalid`.
 */
export async function decodeCursor(
  env: Env,
  list: List,
  cursor: string | undefined,
): Promise<string | undefined> {
  if (cursor === undefined) return undefined;
  const [, encoded = "", mac = ""] = /^([\w-]{1,512})\.([\w-]{22})$/.exec(cursor) ?? [];
  const position = Buffer.from(encoded, "base64url").toString();
  for (const kid of Object.keys(env.JWT_KEYS.keys)) {
    if (isEqual(mac, await sign(await deriveKey(env, kid), list, position))) return position;
  }
  throw new ApiError("cursor_invalid");
}

/** Signs a canonical text: members sorted by name, absent members left out. */
async function sign(key: CryptoKey, list: List, position: string): Promise<string> {
  const members = Object.entries(list)
    .filter(([, value]) => value !== undefined && value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([members, position]);
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
  return Buffer.from(mac.slice(0, mac_bytes)).toString("base64url");
}

const derived_keys = new WeakMap<Uint8Array, Promise<CryptoKey>>();

/** A key for this use only (RFC 8725 section 3.8): what signs a cursor cannot sign a token. */
function deriveKey(env: Env, kid: string): Promise<CryptoKey> {
  const secret = env.JWT_KEYS.keys[kid];
  if (secret === undefined) throw new Error("JWT_KEYS has no such key.");
  let derived = derived_keys.get(secret);
  if (derived === undefined) {
    derived = hkdf(secret);
    derived_keys.set(secret, derived);
  }
  return derived;
}

async function hkdf(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("edgebank cursor v1");
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return crypto.subtle.deriveKey(
    algorithm,
    root,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
