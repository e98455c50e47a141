import { invalidate } from "../cache/cache.ts";
import { call } from "../database/call.ts";
import type { ReadFunctions, WriteFunctions } from "../database/functions.ts";
import { read, readPage, write } from "./database-calls.ts";
import { keepUnstoredAuditEvents } from "./record.ts";
import type { RequestContext } from "./request-context.ts";

export const createHold = (context: RequestContext, hold: WriteFunctions["create_hold"]) =>
  write(context, "create_hold", hold);

export const captureHold = (context: RequestContext, capture: WriteFunctions["capture_hold"]) =>
  write(context, "capture_hold", capture);

export const releaseHold = (context: RequestContext, release: WriteFunctions["release_hold"]) =>
  write(context, "release_hold", release);

export const getHold = async (context: RequestContext, hold_id: string): Promise<string> =>
  (await read(context, "get_hold", { hold_id })).body ?? "null";

export const listHolds = (context: RequestContext, filters: ReadFunctions["list_holds"]) =>
  readPage(context, "list_holds", filters);

const rounds_max = 50;

/**
 * Marks and audits the holds that have expired and that nobody has touched since; their money was free already.
 * Answers how many there were, at most as many as its rounds find.
 */
export async function expireHolds(context: RequestContext): Promise<number> {
  let expired_total = 0;
  for (let round = 0; round < rounds_max; round += 1) {
    const answer = await call(context.database, "expire_holds", {});
    keepUnstoredAuditEvents(context, answer);
    await invalidate(context.cache, answer.changed);
    // bank.expire_holds makes this object.
    const { expired } = JSON.parse(answer.body ?? "{}") as { readonly expired: number };
    expired_total += expired;
    if (expired === 0) break;
  }
  return expired_total;
}
