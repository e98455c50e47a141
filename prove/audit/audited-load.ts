import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { send } from "../bank/http-client.ts";
import type { ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure } from "../check.ts";
import { randomNumbers } from "../history/random.ts";
import type { Payer } from "./payer.ts";

const callers = 8;
const pause_ms = 20;
/** Long enough for a caller to meet the lock. For a second after that, nobody tries the table. */
const locked_ms = 200;
const unlocked_ms = 1_500;

/**
 * Callers pay and are refused, each request with one event, until it is over. Returns the ids of
 * all requests.
 */
export async function askAndAsk(
  url: string,
  { actor, from, to }: Payer,
  options: { readonly seed: number; readonly isOver: () => boolean },
): Promise<string[]> {
  const request_ids: string[] = [];
  const caller = async (_: unknown, index: number): Promise<void> => {
    const random = randomNumbers(options.seed * 1_000 + index);
    while (!options.isOver()) {
      const request_id = randomUUID();
      const { status } = await send({
        ...(random(2) === 0
          ? {
              method: "POST",
              url: `${url}/v1/transfers`,
              key: randomUUID(),
              body: { debit_account_id: from, credit_account_id: to, amount: 1 },
            }
          : { method: "GET", url: `${url}/v1/accounts/${randomUUID()}` }),
        token: actor.token,
        request_id,
      });
      if (status !== 201 && status !== 404)
        throw new CheckFailure(`A caller got the status ${String(status)}.`);
      request_ids.push(request_id);
      await delay(random(pause_ms));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return request_ids;
}

/** Locks the audit table again and again, so that the events of transfers go to the queue too. */
export async function lockAndLock(
  { postgres }: ProofBank,
  { isOver }: { readonly isOver: () => boolean },
): Promise<void> {
  const client = await postgres.connect();
  while (!isOver()) {
    await client.query("begin; lock table bank.audit_events in access exclusive mode");
    await delay(locked_ms);
    await client.query("rollback");
    await delay(unlocked_ms);
  }
  await client.end();
}
