import { invalidate } from "../cache/invalidation.ts";
import { isCacheKey } from "../cache/keys.ts";
import { call } from "../database/call.ts";
import { bodyOf } from "./database-calls.ts";
import { keepUnstoredAuditEvents } from "./unstored-audit-events.ts";
import type { RequestContext } from "./request-context.ts";

/**
 * Each call handles one account, so this many accounts a minute. The next run continues where this
 * one ends.
 */
const calls_max = 500;

/**
 * Marks and audits expired holds, a limited number for each account, and the accounts in turn.
 * Their money was free already. Returns how many holds it marked.
 */
export async function expireHolds(context: RequestContext): Promise<number> {
  let expired_total = 0;
  let position: string | undefined;
  for (let count = 0; count < calls_max; count += 1) {
    const answer = await call(context.database, "expire_holds", { position });
    keepUnstoredAuditEvents(context, answer);
    await invalidate(context.cache, answer.changed.filter(isCacheKey));
    // bank.expire_holds makes this object.
    const { expired } = JSON.parse(bodyOf(answer)) as { readonly expired: number };
    expired_total += expired;
    if (answer.next_position === null) break;
    position = answer.next_position;
  }
  return expired_total;
}
