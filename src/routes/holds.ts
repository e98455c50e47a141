import { z } from "@hono/zod-openapi";
import { answerPage } from "../edge/answer.ts";
import { answerChanged, answerCreated, answerWithEtag } from "../edge/etag.ts";
import { jsonContent, operation, optionalJsonContent } from "../edge/operation.ts";
import { settled_declines, transfer_declines } from "../errors.ts";
import { Capture, Hold, HoldStatus, NewHold } from "../schemas/hold.ts";
import { IdempotencyKey } from "../schemas/idempotency-key.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Position } from "../schemas/position.ts";
import { Transfer } from "../schemas/transfer.ts";
import { Id } from "../schemas/values.ts";
import { readBody, write } from "../services/database-calls.ts";
import { readListPage } from "../services/read-list.ts";

/** The captured money was reserved, so there is always enough. */
const capture_declines = settled_declines.filter((code) => code !== "insufficient_funds");

const create_hold = operation(
  {
    id: "createHold",
    method: "post",
    path: "/holds",
    tag: "holds",
    summary: "Hold money",
    description:
      "Reserves money on the debited account, by the rules of a transfer, until the hold is " +
      "captured, is released or expires.",
    callers: ["admin", "customer"],
    request: { idempotency_key: IdempotencyKey, body: jsonContent(NewHold) },
    answer: { status: 201, description: "The active hold.", schema: Hold, has_etag: true },
    codes: ["not_found", ...transfer_declines, "too_many_holds"],
  },
  async (c, { idempotency_key, body }) =>
    answerCreated(c, await write(c.get("context"), "create_hold", { idempotency_key, ...body })),
);

const list_holds = operation(
  {
    id: "listHolds",
    method: "get",
    path: "/holds",
    tag: "holds",
    summary: "List holds",
    description: "Newest first. A customer gets the holds on its own accounts, an admin gets all.",
    callers: ["admin", "customer"],
    request: {
      position: Position,
      query: z.strictObject({
        account_id: Id.optional().openapi({ description: "The debited account." }),
        status: HoldStatus.optional(),
        ...page_query,
      }),
    },
    answer: { status: 200, description: "A page of holds.", schema: pageOf(Hold) },
    codes: ["not_found"],
  },
  (c, { query }) => {
    const { limit, cursor, ...filters } = query;
    return answerPage(c, { operation: "listHolds", ...filters }, { limit, cursor }, (page) =>
      readListPage(c.get("context"), "list_holds", { ...filters, ...page }),
    );
  },
);

const get_hold = operation(
  {
    id: "getHold",
    method: "get",
    path: "/holds/{id}",
    tag: "holds",
    summary: "Get a hold",
    description:
      "Only the owner of the debited account and admins see a hold. The payee sees a " +
      "captured hold as a transfer.",
    callers: ["admin", "customer"],
    request: { id: Id },
    answer: { status: 200, description: "The hold.", schema: Hold, has_etag: true },
  },
  async (c, { id, preconditions }) =>
    answerWithEtag(c, preconditions, await readBody(c.get("context"), "get_hold", { hold_id: id })),
);

const capture_hold = operation(
  {
    id: "captureHold",
    method: "post",
    path: "/holds/{id}/capture",
    tag: "holds",
    summary: "Capture a hold",
    description:
      "Turns the hold into a transfer, once, in full or in part. What is not captured is " +
      "released. If the payee's account has been closed, the capture is declined with " +
      "`account_closed` and the hold stays active: release it.",
    callers: ["admin", "customer"],
    request: { id: Id, idempotency_key: IdempotencyKey, body: optionalJsonContent(Capture) },
    answer: { status: 201, description: "The posted transfer.", schema: Transfer, has_etag: true },
    codes: ["hold_not_active", "capture_exceeds_hold", ...capture_declines],
  },
  async (c, { id, idempotency_key, preconditions, body }) => {
    const capture = { idempotency_key, preconditions, hold_id: id, ...body };
    return answerCreated(c, await write(c.get("context"), "capture_hold", capture));
  },
);

const release_hold = operation(
  {
    id: "releaseHold",
    method: "post",
    path: "/holds/{id}/release",
    tag: "holds",
    summary: "Release a hold",
    description: "Makes the money available again.",
    callers: ["admin", "customer"],
    request: {
      id: Id,
      idempotency_key: IdempotencyKey,
      body: optionalJsonContent(z.strictObject({})),
    },
    answer: { status: 200, description: "The released hold.", schema: Hold, has_etag: true },
    codes: ["hold_not_active"],
  },
  async (c, { id, idempotency_key, preconditions }) => {
    const release = { idempotency_key, preconditions, hold_id: id };
    return answerChanged(c, await write(c.get("context"), "release_hold", release));
  },
);

export const hold_operations = [create_hold, list_holds, get_hold, capture_hold, release_hold];
