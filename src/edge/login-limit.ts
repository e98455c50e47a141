import { Ratelimit } from "@upstash/ratelimit";
import { attempt, openRedis, RedisUnavailable } from "../cache/redis.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import type { RequestContext } from "../services/request-context.ts";
import { networkOf, tooMany } from "./rate-limit.ts";

/** In a minute, while Redis is away. The same number as in wrangler.toml; a test compares them. */
export const login_location_limit = 10;

/** Gives back the places of a login that was not a failure. */
type GiveBack = () => Promise<void>;

interface Window {
  readonly policy: string;
  readonly quota: number;
  readonly window_seconds: number;
  readonly key: string;
}

/**
 * Limits logins. A login is counted before its password is hashed, and stays counted only if the
 * password was wrong. So an outage of the database locks nobody out.
 *
 * The failures of an email are limited by taking a place before hashing, and giving it back unless
 * the login was a failure. Looking first and counting later would let any number of simultaneous
 * guesses through. The windows are taken in order, and each only if the one before had a place. So
 * an address that is already refused uses up no email's hourly limit: it cannot lock out a customer
 * who comes from elsewhere.
 *
 * Throws `rate_limited`, `service_unavailable` when neither Redis nor the binding can count (it
 * never lets logins through uncounted), and the errors of the login.
 */
export async function limitLogin<Token>(
  context: RequestContext,
  email: string,
  login: () => Promise<Token>,
): Promise<Token> {
  const giveBack = await takePlacesFor(context, email);
  try {
    const token = await login();
    await giveBack();
    return token;
  } catch (error) {
    const is_failure = error instanceof ApiError && error.code === "invalid_credentials";
    if (!is_failure) await giveBack();
    throw error;
  }
}

async function takePlacesFor(context: RequestContext, email: string): Promise<GiveBack> {
  const address = await digest(networkOf(context.ip));
  const account = await digest(email);
  const windows: readonly Window[] = [
    { policy: "login-address", quota: 100, window_seconds: 60, key: address },
    { policy: "login-email-address", quota: 10, window_seconds: 900, key: `${account}:${address}` },
    { policy: "login-email", quota: 100, window_seconds: 3_600, key: account },
  ];
  try {
    return await takeInTurn(context, windows);
  } catch (error) {
    if (!(error instanceof RedisUnavailable)) throw error;
    await limitAtThisLocation(context, `${account}:${address}`);
    return () => Promise.resolve();
  }
}

async function takeInTurn(context: RequestContext, windows: readonly Window[]): Promise<GiveBack> {
  const taken: Window[] = [];
  const giveBack: GiveBack = async () => {
    await Promise.all(taken.map((window) => takePlaces(context, window, -1))).catch(
      () => undefined,
    );
  };
  for (const window of windows) {
    const { success, reset } = await takePlaces(context, window, 1);
    if (!success) {
      await giveBack();
      throw tooMany(window, Math.ceil((reset - Date.now()) / 1000));
    }
    // The limit of an address counts all attempts, successful or not.
    if (window.policy !== "login-address") taken.push(window);
  }
  return giveBack;
}

function takePlaces(
  context: RequestContext,
  { policy, quota, window_seconds, key }: Window,
  rate: number,
) {
  const limiter = new Ratelimit({
    redis: openRedis(context.env),
    prefix: policy,
    limiter: Ratelimit.slidingWindow(quota, `${window_seconds} s`),
    // Ratelimit's own timeout lets everybody in. The client's timeout throws.
    timeout: 0,
    ephemeralCache: false,
  });
  return attempt(() => limiter.limit(key, { rate }));
}

async function limitAtThisLocation(context: RequestContext, key: string): Promise<void> {
  const window = { policy: "login-location", quota: login_location_limit, window_seconds: 60, key };
  const { success } = await context.env.LOGIN_RATE_LIMIT.limit({ key }).catch((error: unknown) => {
    log("rate_limit_unavailable", { request_id: context.request_id, ...describeError(error) });
    throw new ApiError("service_unavailable", { cause: error });
  });
  if (!success) throw tooMany(window, window.window_seconds);
}

/** Redis gets no emails and no addresses in clear text. */
async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(hash).toString("base64url");
}
