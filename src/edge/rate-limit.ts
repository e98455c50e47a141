import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { AppContext } from "./app-env.ts";

const window_seconds = 60;

/** The same numbers as in wrangler.toml; a test compares them. */
export const user_limit = 60_000;
export const address_limit = 6_000;

/**
 * Throws `rate_limited` when a user sends more requests than the limit, in one minute at one
 * location.
 */
export async function limitUser(c: AppContext, user_id: string): Promise<void> {
  const { USER_RATE_LIMIT } = c.get("context").env;
  await limit(c, USER_RATE_LIMIT, { policy: "user", quota: user_limit, key: user_id });
}

/** Throws `rate_limited` when an address sends more unauthenticated requests than the limit. */
export async function limitAddress(c: AppContext): Promise<void> {
  const { env, ip } = c.get("context");
  await limit(c, env.ADDRESS_RATE_LIMIT, {
    policy: "address",
    quota: address_limit,
    key: networkOf(ip),
  });
}

interface Limit {
  readonly policy: string;
  readonly quota: number;
  readonly key: string;
}

/**
 * The binding counts on the machine that runs the Worker. This needs no network but is not exact,
 * so `RateLimit` is sent only with a refusal, as `r=0`.
 */
async function limit(
  c: AppContext,
  binding: RateLimit,
  { policy, quota, key }: Limit,
): Promise<void> {
  c.header("RateLimit-Policy", policyHeader({ policy, quota, window_seconds }));
  if (!(await isAllowed(c, binding, key)))
    throw tooMany({ policy, quota, window_seconds }, window_seconds);
}

interface Window {
  readonly policy: string;
  readonly quota: number;
  readonly window_seconds: number;
}

const policyHeader = ({ policy, quota, window_seconds }: Window): string =>
  `"${policy}";q=${String(quota)};w=${String(window_seconds)}`;

/** The error for a caller who has used up a window, with the headers that explain it. */
export function tooMany(window: Window, seconds: number): ApiError {
  const retry_after = String(Math.max(1, seconds));
  return new ApiError("rate_limited", {
    headers: {
      "RateLimit-Policy": policyHeader(window),
      RateLimit: `"${window.policy}";r=0;t=${retry_after}`,
      "Retry-After": retry_after,
    },
  });
}

const counted_users_max = 10_000;
let items = new Map<string, number>();
let items_minute = 0;

/**
 * Counts the items of a batch in the user's limit, apart from the request itself. The binding can
 * only count by one, so the items are counted in this isolate. A user whose batches reach several
 * isolates has that many times the limit.
 *
 * Throws `rate_limited`.
 */
export function countItems(c: AppContext, count: number, now_ms = Date.now()): void {
  const { caller } = c.get("context");
  const user_id = caller?.user_id ?? "";
  const minute = Math.floor(now_ms / 60_000);
  if (minute !== items_minute || items.size >= counted_users_max) items = new Map();
  items_minute = minute;
  const total = (items.get(user_id) ?? 0) + count;
  items.set(user_id, total);
  const seconds_left = Math.ceil(60 - ((now_ms / 1000) % 60));
  if (total > user_limit)
    throw tooMany({ policy: "user", quota: user_limit, window_seconds }, seconds_left);
}

/** A broken limiter does not stop the bank. Logins have limits of their own, and those do stop. */
async function isAllowed(c: AppContext, binding: RateLimit, key: string): Promise<boolean> {
  try {
    return (await binding.limit({ key })).success;
  } catch (error) {
    log("rate_limit_unavailable", {
      request_id: c.get("context").request_id,
      ...describeError(error),
    });
    return true;
  }
}

/**
 * What counts as one address. An IPv6 subscriber has 2^64 addresses, so there it is the 64-bit
 * network.
 */
export function networkOf(ip: string | null): string {
  if (ip === null) return "unknown";
  if (!ip.includes(":")) return ip;
  const [head = "", tail] = ip.toLowerCase().split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const tail_groups = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - tail_groups.length);
  const all = [...groups, ...Array<string>(zeros).fill("0"), ...tail_groups];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
