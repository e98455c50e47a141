import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { AppContext } from "./app-env.ts";

const window_seconds = 60;

/** As declared in wrangler.toml; a test holds the two together. */
export const user_limit = 60_000;
export const address_limit = 6_000;

/** Throws `rate_limited` for a user with more requests than the limit, in one minute at one location. */
export async function limitUser(c: AppContext, user_id: string): Promise<void> {
  const { USER_RATE_LIMIT } = c.get("context").env;
  await limit(c, USER_RATE_LIMIT, { policy: "user", quota: user_limit, key: user_id });
}

/** Throws `rate_limited` for an address with more requests, by nobody who is known, than the limit. */
export async function limitAddress(c: AppContext): Promise<void> {
  const { env, ip } = c.get("context");
  await limit(c, env.ADDRESS_RATE_LIMIT, { policy: "address", quota: address_limit, key: networkOf(ip) });
}

interface Limit {
  readonly policy: string;
  readonly quota: number;
  readonly key: string;
}

/** The binding counts on the machine that runs the Worker: no network, no exact figure, so no `r` but 0. */
async function limit(c: AppContext, binding: RateLimit, { policy, quota, key }: Limit): Promise<void> {
  c.header("RateLimit-Policy", `"${policy}";q=${String(quota)};w=${String(window_seconds)}`);
  if (await isAllowed(binding, key)) return;
  throw new ApiError("rate_limited", {
    headers: {
      "RateLimit-Policy": `"${policy}";q=${String(quota)};w=${String(window_seconds)}`,
      RateLimit: `"${policy}";r=0;t=${String(window_seconds)}`,
      "Retry-After": String(window_seconds),
    },
  });
}

/** A limiter that is broken does not stop the bank; logins have limits of their own, which do. */
async function isAllowed(binding: RateLimit, key: string): Promise<boolean> {
  try {
    return (await binding.limit({ key })).success;
  } catch (error) {
    log("rate_limit_unavailable", describeError(error));
    return true;
  }
}

/** What is counted as one address: IPv6 gives a subscriber 2^64 of them, so there it is the network of 64 bits. */
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
