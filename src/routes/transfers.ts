import { z } from "@hono/zod-openapi";
import { answerWrite, answerPage } from "../edge/answer.ts";
import { answerCreated, answerWithEtag } from "../edge/etag.ts";
import { jsonContent, operation, optionalJsonContent } from "../edge/operation.ts";
import { countItems } from "../edge/rate-limit.ts";
import { settled_declines, transfer_declines } from "../errors.ts";
import { IdempotencyKey } from "../schemas/idempotency-key.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Position } from "../schemas/position.ts";
import {
  Batch,
  NewBatch,
  NewTransfer,
  Reversal,
  Transfer,
  TransferStatus,
} from "../schemas/transfer.ts";
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
      "Moves money between two accounts of one currency. A customer may only debit its own " +
      "accounts. A declined transfer is stored too: the same " +
      "key gets the same response again.",
    callers: ["admin", "customer"],
    request: { idempotency_key: IdempotencyKey, body: jsonContent(NewTransfer) },
    answer: { status: 201, description: "The posted transfer.", schema: Transfer, has_etag: true },
    codes: ["not_found", ...transfer_declines],
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
      "The transfers are decided in order, in one transaction. Each sees the balances that " +
      "the earlier ones left. With `atomic`, one decline declines the whole batch. The key " +
      "belongs to the batch as a whole.",
    callers: ["admin", "customer"],
    request: { idempotency_key: IdempotencyKey, body: jsonContent(NewBatch) },
    answer: {
      status: 200,
      description: "The outcome of each transfer, in the same order.",
      schema: Batch,
    },
    codes: ["batch_declined"],
  },
  async (c, { idempotency_key, body }) => {
    countItems(c, body.transfers.length);
    return answerWrite(
      c,
      await write(c.get("context"), "create_transfers", { idempotency_key, ...body }),
    );
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
      "Makes a new transfer in the opposite direction, in full or in part. All reversals " +
      "together never take back more than was moved.",
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
    description:
      "Newest first. A customer gets the transfers of its own accounts, an admin gets all.",
    callers: ["admin", "customer"],
    request: {
      position: Position,
      query: z.strictObject({
        account_id: Id.optional().openapi({ description: "The debited or the credited account." }),
        status: TransferStatus.optional(),
        idempotency_key: IdempotencyKey.optional(),
        ...span_query,
        ...page_query,
      }),
    },
    answer: { status: 200, description: "A page of transfers.", schema: pageOf(Transfer) },
    codes: ["not_found"],
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
    description: "A posted or declined transfer. The payee sees it once money has moved.",
    callers: ["admin", "customer"],
    request: { id: Id },
    answer: { status: 200, description: "The transfer.", schema: Transfer, has_etag: true },
  },
  async (c, { id, preconditions }) =>
    answerWithEtag(
      c,
      preconditions,
      await readBody(c.get("context"), "get_transfer", { transfer_id: id }),
    ),
);

export const transfer_operations = [
  create_transfer,
  create_transfers,
  reverse_transfer,
  list_transfers,
  get_transfer,
];
