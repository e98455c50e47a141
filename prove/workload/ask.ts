import { send, type HttpAnswer, type HttpRequest } from "../bank/http-client.ts";
import type { Actor } from "../bank/proof-bank.ts";
import type { Answers, EndEvent, Refusal, Request } from "../history/event.ts";
import type { History } from "../history/history.ts";

export interface Asked {
  readonly actor: Actor;
  readonly request: Request;
  readonly key?: string;
  readonly hang_up_after_ms?: number;
}

type End = Pick<EndEvent, "type" | "value" | "status" | "replayed" | "cached">;

/** After an answer with one of these, the request has had no effect and never will. */
const definite_statuses = [400, 401, 403, 404, 409, 412, 413, 415, 422, 429];

/** Sends a request, and records the request and its answer. */
export async function ask(
  history: History,
  url: string,
  process: number,
  { actor, request, key, hang_up_after_ms }: Asked,
): Promise<End> {
  const identity = key === undefined ? {} : { scope: actor.scope, key };
  history.record({ type: "invoke", process, value: request, ...identity });
  const end = await sendAndRead({
    ...httpOf(url, request),
    token: actor.token,
    ...(key === undefined ? {} : { key }),
    ...(hang_up_after_ms === undefined ? {} : { hang_up_after_ms }),
  });
  history.record({ process, ...end } as Parameters<History["record"]>[0]);
  return end;
}

async function sendAndRead(request: HttpRequest): Promise<End> {
  try {
    return endOf(await send(request));
  } catch (error) {
    return {
      type: "info",
      value: error instanceof Error ? error.message : String(error),
      status: 0,
    };
  }
}

function endOf({ status, headers, body }: HttpAnswer): End {
  const replayed = headers["idempotency-replayed"] === "true" ? { replayed: true } : {};
  if (status === 200 || status === 201) {
    const timing = String(headers["server-timing"] ?? "");
    // Otherwise it says bypass, because Redis was away.
    const cached = /cache;desc=(hit|miss)/.test(timing) ? { cached: true } : {};
    return { type: "ok", status, value: body as Answers[keyof Answers], ...replayed, ...cached };
  }
  const refusal = body as Refusal;
  if (!definite_statuses.includes(status)) return { type: "info", status, value: refusal.code };
  const { code, transfer_id, outcomes } = refusal;
  const facts = {
    ...(transfer_id === undefined ? {} : { transfer_id }),
    ...(outcomes === undefined ? {} : { outcomes }),
  };
  return { type: "fail", status, value: { code, ...facts }, ...replayed };
}

const accounts_per_page = 100;
/** Not the default size, because its first page is cached. */
const entries_per_read = 10;

function httpOf(url: string, request: Request): Pick<HttpRequest, "method" | "url" | "body"> {
  const post = (path: string, body: unknown): Pick<HttpRequest, "method" | "url" | "body"> => ({
    method: "POST",
    url: `${url}/v1/${path}`,
    body,
  });
  const get = (path: string): Pick<HttpRequest, "method" | "url"> => ({
    method: "GET",
    url: `${url}/v1/${path}`,
  });
  switch (request.f) {
    case "transfer":
      return post("transfers", movementOf(request));
    case "batch":
      return post("transfers/batch", { transfers: request.transfers, atomic: request.atomic });
    case "hold":
      return post("holds", movementOf(request));
    case "capture":
      return post(`holds/${request.hold_id}/capture`, { amount: request.amount });
    case "release":
      return post(`holds/${request.hold_id}/release`, {});
    case "reverse":
      return post(`transfers/${request.transfer_id}/reverse`, { amount: request.amount });
    case "credit":
    case "debit":
      return post(`accounts/${request.account_id}/${request.f}`, { amount: request.amount });
    case "read_account":
      return get(`accounts/${request.account_id}`);
    case "read_accounts":
      return get(`accounts?customer_id=${request.customer_id}&limit=${String(accounts_per_page)}`);
    case "read_statement":
      return get(`accounts/${request.account_id}/entries?limit=${String(entries_per_read)}`);
    case "read_balance":
      return get(
        `accounts/${request.account_id}/balance` +
          (request.at === undefined ? "" : `?at=${request.at}`),
      );
  }
}

function movementOf({
  debit_account_id,
  credit_account_id,
  amount,
}: {
  debit_account_id: string;
  credit_account_id: string;
  amount: number;
}): object {
  return { debit_account_id, credit_account_id, amount };
}
