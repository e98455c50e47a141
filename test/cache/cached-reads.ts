import { setTimeout as delay } from "node:timers/promises";
import { inject } from "vitest";
import { admin, bank, type TestCustomer } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";

/** What the cache did for an answer. */
export const cacheResult = ({ headers }: ApiAnswer): string =>
  /cache;desc=(\w+)/.exec(headers.get("Server-Timing") ?? "")?.[1] ?? "";

/** One command to the Redis of this run. */
export async function redis(...command: (string | number)[]): Promise<unknown> {
  const response = await fetch(inject("redis_rest_url"), {
    method: "POST",
    headers: { Authorization: `Bearer ${inject("redis_rest_token")}` },
    body: JSON.stringify(command),
  });
  return ((await response.json()) as { result: unknown }).result;
}

const hit_limit_ms = 15_000;
const poll_interval_ms = 100;

/**
 * Reads until the answer comes from the cache, which is filled after the response; a break may have
 * to end first.
 */
export async function readUntilHit(read: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  const give_up_at = Date.now() + hit_limit_ms;
  for (let round = 0; ; round += 1) {
    const answer = await read();
    if (cacheResult(answer) === "hit") return answer;
    if (Date.now() > give_up_at)
      throw new Error(`never a hit: ${String(answer.status)} ${answer.text}`);
    await delay(round < 5 ? 10 : poll_interval_ms);
  }
}

/** The three reads that come from the cache, with what Postgres says at this moment. */
export interface CachedRead {
  readonly path: string;
  readonly token: string;
  readonly key: string;
  truth(): Promise<unknown>;
}

async function body(name: string, named: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { text } = await bank.call(name, { p_actor: await admin(), ...named });
  if (text === null) throw new Error(`bank.${name} answered no body`);
  return JSON.parse(text) as unknown;
}

export function customerRead({ customer_id, token }: Owner): CachedRead {
  return {
    path: `/v1/customers/${customer_id}`,
    token,
    key: `customer:${customer_id}`,
    truth: () => body("get_customer", { p_customer_id: customer_id }),
  };
}

export function accountsRead({ customer_id, token }: Owner): CachedRead {
  return {
    path: "/v1/accounts",
    token,
    key: `accounts:${customer_id}`,
    truth: async () => {
      const page = await body("list_accounts", { p_customer_id: customer_id });
      return { ...(page as object), next_cursor: null };
    },
  };
}

export function accountRead({ token }: Owner, account_id: string): CachedRead {
  return {
    path: `/v1/accounts/${account_id}`,
    token,
    key: `account:${account_id}`,
    truth: () => body("get_account", { p_account_id: account_id }),
  };
}

export type Owner = Pick<TestCustomer, "token"> & { readonly customer_id: string };

export const get = (
  { path, token }: CachedRead,
  origin = inject("worker_url"),
): Promise<ApiAnswer> => requestAt(origin, "GET", path, { token });
