import { z } from "@hono/zod-openapi";
import { answerDone, answerPage } from "../edge/answer.ts";
import { answerCreated, answerWithEtag } from "../edge/etag.ts";
import { jsonContent, operation, optionalJsonContent } from "../edge/operation.ts";
import { countItems } from "../edge/rate-limit.ts";
import { settled_declines, transfer_declines } from "../errors.ts";
import { IdempotencyKey } from "../schemas/idempotency-key.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Position } from "../schemas/position.ts";
import { Batch, NewBatch, NewTransfer, Reversal, Transfer, TransferStatus } from "../schemas/transfer.ts";
import { span_query } from "../schemas/instant.ts";
import { Id } from "../schemas/values.ts";
import { readBody, write } from "../services/database-calls.ts";
import { createTransfer } from "../services/transfers.ts";
import { readListPage } from "../services/read-list.ts";

const create_transfer = operation(
  {
    id: "createTransfer",
    method: "post",
    path: "/transfers",
    tag: "transfers",
    summary: "Make a transfer",
    description:
      "Moves money between two accounts of one currency; a customer may debit its own only. A transfer that the ledger " +
      "declines is stored, and the same key gets the same answer again.",
    callers: ["admin", "customer"],
    request: { idempotency_key: IdempotencyKey, body: jsonContent(NewTransfer) },
    answer: { status: 201, description: "The posted transfer.", schema: Transfer, has_etag: true },
    codes: ["forbidden", "not_found", ...transfer_declines],
  },
  async (c, { idempotency_key, body }) =>
    answerCreated(c, await createTransfer(c.get("context"), { idempotency_key, ...body })),
);

const create_transfers = operation(
  {
    id: "createTransfers",
    method: "post",
    path: "/transfers/batch",
    tag: "transfers",
    summary: "Make up to 500 transfers",
    description:
      "Decided in the order given, in one transaction: each on the balances that those before it left. With `atomic`, " +
      "one that is declined declines them all. The key stands for the batch as a whole.",
    callers: ["admin", "customer"],
    request: { idempotency_key: IdempotencyKey, body: jsonContent(NewBatch) },
    answer: { status: 200, description: "What became of each, in the order given.", schema: Batch },
    codes: ["forbidden", "batch_declined"],
  },
  async (c, { idempotency_key, body }) => {
    countItems(c, body.transfers.length);
    return answerDone(c, await write(c.get("context"), "create_transfers", { idempotency_key, ...body }));
  },
);

const reverse_transfer = operation(
  {
    id: "reverseTransfer",
    method: "post",
    path: "/transfers/{id}/reverse",
    tag: "transfers",
    summary: "Reverse a transfer",
    description:
      "A new transfer the other way, in full or in part. All reversals together never take back more than was moved.",
    callers: ["admin"],
    request: { id: Id, idempotency_key: IdempotencyKey, body: optionalJsonContent(Reversal) },
    answer: { status: 201, description: "The posted reversal.", schema: Transfer, has_etag: true },
    codes: ["transfer_not_reversible", "reversal_exceeds_transfer", ...settled_declines],
  },
  async (c, { id, idempotency_key, preconditions, body }) => {
    const reversal = { idempotency_key, preconditions, transfer_id: id, ...body };
    return answerCreated(c, await write(c.get("context"), "reverse_transfer", reversal));
  },
);

const list_transfers = operation(
  {
    id: "listTransfers",
    method: "get",
    path: "/transfers",
    tag: "transfers",
    summary: "List transfers",
    description: "Newest first: those of a customer's accounts, or, for an admin, all.",
    callers: ["admin", "customer"],
    request: {
      position: Position,
      query: z.strictObject({
        account_id: Id.optional().openapi({ description: "Debited or credited." }),
        status: TransferStatus.optional(),
        idempotency_key: IdempotencyKey.optional(),
        ...span_query,
        ...page_query,
      }),
    },
    answer: { status: 200, description: "A page of transfers.", schema: pageOf(Transfer) },
    codes: ["forbidden", "not_found"],
  },
  (c, { query }) => {
    const { limit, cursor, ...filters } = query;
    return answerPage(c, { operation: "listTransfers", ...filters }, { limit, cursor }, (page) =>
      readListPage(c.get("context"), "list_transfers", { ...filters, ...page }),
    );
  },
);

const get_transfer = operation(
  {
    id: "getTransfer",
    method: "get",
    path: "/transfers/{id}",
    tag: "transfers",
    summary: "Get a transfer",
    description: "Posted or declined. The payee sees it once money has moved.",
    callers: ["admin", "customer"],
    request: { id: Id },
    answer: { status: 200, description: "The transfer.", schema: Transfer, has_etag: true },
  },
  async (c, { id }) =>
    answerWithEtag(c, await readBody(c.get("context"), "get_transfer", { transfer_id: id })),
);

export const transfer_operations = [
  create_transfer,
  create_transfers,
  reverse_transfer,
  list_transfers,
  get_transfer,
];
