import { setTimeout as delay } from "node:timers/promises";
import { send } from "../bank/http-client.ts";
import type { ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure, type CheckContext } from "../check.ts";
import type { Payer } from "./payer.ts";

const stored_within_ms = 150_000;

/**
 * Reads the audit log over HTTP until each transfer has its event, and returns after how many
 * seconds that was. A second event of one transfer fails the check.
 */
export async function untilStored(
  context: CheckContext,
  bank: ProofBank,
  payer: Payer,
  posted: readonly string[],
): Promise<number> {
  const began_at = performance.now();
  for (;;) {
    const events = await readEvents(bank, payer);
    const missing = posted.filter((id) => events.get(id) === undefined).length;
    const doubled = posted.filter((id) => (events.get(id) ?? 0) > 1).length;
    if (doubled > 0)
      throw new CheckFailure(`${String(doubled)} transfers have more than one event.`);
    const waited_ms = performance.now() - began_at;
    if (missing === 0) return Math.round(waited_ms / 1_000);
    context.say(`${String(missing)} of ${String(posted.length)} events are not there yet`);
    if (waited_ms > stored_within_ms)
      throw new CheckFailure(`${String(missing)} events are missing for good.`);
    await delay(5_000);
  }
}

/** How many events each transfer of the payer has. */
async function readEvents(bank: ProofBank, { actor, admin }: Payer): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let cursor: string | null = "";
  while (cursor !== null) {
    const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const query = `actor_id=${actor.user_id}&action=transfer.create&limit=100${more}`;
    const url = `${bank.worker.url}/v1/audit-events?${query}`;
    const answer = await send({ method: "GET", url, token: admin.token });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    const page = answer.body as { data: { target_id: string }[]; next_cursor: string | null };
    for (const { target_id } of page.data) counts.set(target_id, (counts.get(target_id) ?? 0) + 1);
    cursor = page.next_cursor;
  }
  return counts;
}
