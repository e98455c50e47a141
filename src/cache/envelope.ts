import { createHash, createHmac, hkdfSync } from "node:crypto";
import type { Env } from "../env.ts";
import type { CacheKey } from "./keys.ts";

/** A body, and what a reader must know before it may be shown. */
export interface Value {
  readonly body: string;
  readonly etag: string;
  /** The customer it belongs to; empty when it belongs to none. */
  readonly owner: string;
}

/** Several times the size of a page of accounts with the longest names. */
const sealed_length_max = 262_144;
const format = "v1";

/**
 * Seals a value for Redis: `v1 expiry owner etag seal`, a line end, the body. The seal is an HMAC
 * over the name of the key and all the rest. So `open` rejects a value that is under another key,
 * was edited, or was written by somebody who has only the password of Redis. Opening a value parses
 * no JSON.
 */
export function seal(env: Env, key: CacheKey, value: Value, expires_at_ms: number): string {
  const head = `${format} ${String(expires_at_ms)} ${value.owner} ${value.etag}`;
  return `${head} ${sign(env, key, head, value.body)}\n${value.body}`;
}

/** Opens a value. Returns null unless this bank sealed it under this key and it has not expired. */
export function open(env: Env, key: CacheKey, sealed: string, now_ms = Date.now()): Value | null {
  const opened = recall(env, key, sealed) ?? check(env, key, sealed);
  return opened !== null && opened.expires_at_ms > now_ms ? opened.value : null;
}

/** An envelope whose seal was right. */
interface Opened {
  readonly sealed: string;
  readonly value: Value;
  readonly expires_at_ms: number;
}

function check(env: Env, key: CacheKey, sealed: string): Opened | null {
  if (sealed.length > sealed_length_max) return null;
  const line_end = sealed.indexOf("\n");
  const seal_at = sealed.lastIndexOf(" ", line_end);
  if (line_end < 0 || seal_at < 0) return null;
  const head = sealed.slice(0, seal_at);
  const body = sealed.slice(line_end + 1);
  if (!isEqual(sealed.slice(seal_at + 1, line_end), sign(env, key, head, body))) return null;
  // This bank sealed it, so it has these four parts.
  const [version, expires_at_ms, owner = "", etag = ""] = head.split(" ");
  if (version !== format) return null;
  const opened = { sealed, value: { body, etag, owner }, expires_at_ms: Number(expires_at_ms) };
  remember(env, key, opened);
  return opened;
}

const remembered_max = 2_000;
const remembered_length_max = 4_096;
const remembered_envelopes = new WeakMap<Env, Map<CacheKey, Opened>>();

/** The same text under the same key has the same seal, so it is not computed again. */
function recall(env: Env, key: CacheKey, sealed: string): Opened | null {
  const opened = remembered_envelopes.get(env)?.get(key);
  return opened?.sealed === sealed ? opened : null;
}

function remember(env: Env, key: CacheKey, opened: Opened): void {
  if (opened.sealed.length > remembered_length_max) return;
  let envelopes = remembered_envelopes.get(env);
  if (envelopes === undefined || envelopes.size >= remembered_max) {
    envelopes = new Map();
    remembered_envelopes.set(env, envelopes);
  }
  envelopes.set(key, opened);
}

function sign(env: Env, key: CacheKey, head: string, body: string): string {
  return createHmac("sha256", sealingKey(env))
    .update(`${key}\n${head}\n`)
    .update(body)
    .digest("base64url");
}

/** Compares in constant time, so that the time does not show how much of a guess was right. */
function isEqual(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false;
  let difference = 0;
  for (let index = 0; index < given.length; index += 1) {
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index);
  }
  return difference === 0;
}

const sealing_keys = new WeakMap<Env, Uint8Array>();

/** A key for this use only (RFC 8725 section 3.8): it cannot sign a token or a cursor. */
function sealingKey(env: Env): Uint8Array {
  let key = sealing_keys.get(env);
  if (key === undefined) {
    const secret = env.JWT_KEYS.keys[env.JWT_KEYS.active];
    if (secret === undefined) throw new Error("JWT_KEYS has no active key.");
    key = new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(), "edgebank cache v1", 32));
    sealing_keys.set(env, key);
  }
  return key;
}

/**
 * A strong ETag (RFC 9110 section 8.8.3). It depends only on the body, so it stays the same when
 * the cached value expires.
 */
export function etagOf(body: string): string {
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 16);
  const version = /"version" ?: ?(\d+)/.exec(body)?.[1];
  return version === undefined ? `"${hash}"` : `"${version}-${hash}"`;
}
