import { reasonOf } from "../../local/explained-error.ts";
import { findingsOf, type Finding } from "./finding.ts";

export interface RedisAddress {
  readonly url: string;
  readonly token: string;
  /** How long the Worker waits for a read. */
  readonly read_timeout_ms: number;
}

const pings = 5;
const time_limit_ms = 10_000;
const skew_ms_max = 2_000;

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

async function ask({ url, token }: RedisAddress, ...words: string[]): Promise<Reply> {
  const response = await fetch(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify(words),
    signal: AbortSignal.timeout(time_limit_ms),
  });
  return (await response.json()) as Reply;
}

/** Finds what is wrong with Redis, over the REST protocol that the Worker uses. */
export async function examineRedis(redis: RedisAddress): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  try {
    const ping = await ask(redis, "PING");
    if (ping.result !== "PONG") return [away(ping.error ?? "it did not answer PONG")];
    const parts = [examineDistance, examineEviction, examineClock];
    for (const examine of parts) findings.push(...(await examine(redis)));
  } catch (error) {
    findings.push(away(reasonOf(error)));
  }
  return findings;
}

const away = (why: string): Finding => ({
  name: "redis_away",
  says: `Redis does not answer: ${why}.`,
  mend: "Compare UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN with Upstash's console.",
});

async function examineDistance(redis: RedisAddress): Promise<readonly Finding[]> {
  const times: number[] = [];
  for (let count = 0; count < pings; count += 1) {
    const asked_at = performance.now();
    await ask(redis, "PING");
    times.push(performance.now() - asked_at);
  }
  const median_ms = times.toSorted((a, b) => a - b)[Math.floor(pings / 2)] ?? 0;
  return findingsOf([
    [
      median_ms > redis.read_timeout_ms / 2,
      {
        name: "redis_far",
        says:
          `From here Redis takes ${median_ms.toFixed(0)} ms, and the Worker waits ` +
          `${String(redis.read_timeout_ms)} ms.`,
        mend:
          "Take a region next to PostgreSQL and the Worker, or raise REDIS_READ_TIMEOUT_MS. " +
          "Run the doctor near them to be sure.",
      },
    ],
  ]);
}

/** Upstash may refuse CONFIG. Then only its console shows whether eviction is on. */
async function examineEviction(redis: RedisAddress): Promise<readonly Finding[]> {
  const { result } = await ask(redis, "CONFIG", "GET", "maxmemory-policy");
  const policy = Array.isArray(result) ? String(result[1]) : undefined;
  return findingsOf([
    [
      policy !== undefined && policy !== "noeviction",
      {
        name: "redis_evicts",
        says:
          "A full Redis evicts the markers of writers and the counts of failed logins: reads " +
          "may be stale, and passwords can be guessed.",
        mend: "Turn eviction off in Upstash's console (elsewhere: maxmemory-policy noeviction).",
      },
    ],
  ]);
}

async function examineClock(redis: RedisAddress): Promise<readonly Finding[]> {
  const asked_at = Date.now();
  const { result } = await ask(redis, "TIME");
  if (!Array.isArray(result)) return [];
  const here = (asked_at + Date.now()) / 2;
  return clockFinding("Redis", Number(result[0]) * 1_000 + Number(result[1]) / 1_000 - here);
}

/** @param skew_ms how far another clock is ahead of this machine's. */
export function clockFinding(whose: string, skew_ms: number): readonly Finding[] {
  return findingsOf([
    [
      Math.abs(skew_ms) > skew_ms_max,
      {
        name: "clock_skew",
        says:
          `The clock of ${whose} and that of this machine are ` +
          `${(Math.abs(skew_ms) / 1_000).toFixed(1)} s apart.`,
        mend: "Synchronise the clock that is wrong: tokens, holds and statements depend on it.",
      },
    ],
  ]);
}
