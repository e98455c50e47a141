import { OpenAPIHono, z } from "@hono/zod-openapi";
import { answerCreated, answerDone, answerJson, answerPage } from "../edge/answer.ts";
import type { AppEnv } from "../edge/app-env.ts";
import {
  id_param,
  idempotency_header,
  jsonContent,
  operation,
  optionalJsonContent,
} from "../edge/operation.ts";
import { IdempotencyKey } from "../schemas/idempotency-key.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Batch, NewBatch, NewTransfer, Reversal, Transfer, TransferStatus } from "../schemas/transfer.ts";
import { Id, Instant } from "../schemas/values.ts";
import {
  createTransfer,
  createTransfers,
  getTransfer,
  listTransfers,
  reverseTransfer,
} from "../services/transfers.ts";

export const transfer_routes = new OpenAPIHono<AppEnv>();

const create_transfer_contract = operation({
  id: "createTransfer",
  method: "post",
  path: "/transfers",
  tag: "transfers",
  summary: "Make a transfer",
  description:
    "Moves money between two accounts of one currency; a customer may debit its own only. A transfer that the ledger " +
    "declines is stored, and the same key gets the same answer again.",
  callers: ["admin", "customer"],
  request: { headers: idempotency_header, body: jsonContent(NewTransfer) },
  answer: { status: 201, description: "The posted transfer.", schema: Transfer },
  codes: [
    "forbidden",
    "not_found",
    "same_account",
    "currency_mismatch",
    "account_closed",
    "account_frozen",
    "customer_frozen",
    "insufficient_funds",
    "balance_out_of_range",
  ],
});

transfer_routes.openapi(create_transfer_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  return answerCreated(
    c,
    await createTransfer(c.get("context"), { idempotency_key, ...c.req.valid("json") }),
  );
});

const create_transfers_contract = operation({
  id: "createTransfers",
  method: "post",
  path: "/transfers/batch",
  tag: "transfers",
  summary: "Make up to 500 transfers",
  description:
    "Decided in the order given, in one transaction: each on the balances that those before it left. With `atomic`, " +
    "one that is declined declines them all. The key stands for the batch as a whole.",
  callers: ["admin", "customer"],
  request: { headers: idempotency_header, body: jsonContent(NewBatch) },
  answer: { status: 200, description: "What became of each, in the order given.", schema: Batch },
  codes: ["forbidden", "batch_declined"],
});

transfer_routes.openapi(create_transfers_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  return answerDone(c, await createTransfers(c.get("context"), { idempotency_key, ...c.req.valid("json") }));
});

const reverse_transfer_contract = operation({
  id: "reverseTransfer",
  method: "post",
  path: "/transfers/{id}/reverse",
  tag: "transfers",
  summary: "Reverse a transfer",
  description:
    "A new transfer the other way, in full or in part. All reversals together never take back more than was moved.",
  callers: ["admin"],
  request: { params: id_param, headers: idempotency_header, body: optionalJsonContent(Reversal) },
  answer: { status: 201, description: "The posted reversal.", schema: Transfer },
  codes: [
    "transfer_not_reversible",
    "reversal_exceeds_transfer",
    "account_closed",
    "account_frozen",
    "customer_frozen",
    "insufficient_funds",
    "balance_out_of_range",
  ],
});

transfer_routes.openapi(reverse_transfer_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  const reversal = { idempotency_key, transfer_id: c.req.valid("param").id, ...c.req.valid("json") };
  return answerCreated(c, await reverseTransfer(c.get("context"), reversal));
});

const list_transfers_contract = operation({
  id: "listTransfers",
  method: "get",
  path: "/transfers",
  tag: "transfers",
  summary: "List transfers",
  description: "Newest first: those of a customer's accounts, or, for an admin, all.",
  callers: ["admin", "customer"],
  request: {
    query: z.strictObject({
      account_id: Id.optional().openapi({ description: "Debited or credited." }),
      status: TransferStatus.optional(),
      idempotency_key: IdempotencyKey.optional(),
      from: Instant.optional().openapi({ description: "Inclusive." }),
      to: Instant.optional().openapi({ description: "Exclusive." }),
      ...page_query,
    }),
  },
  answer: { status: 200, description: "A page of transfers.", schema: pageOf(Transfer) },
  codes: ["forbidden", "not_found"],
});

transfer_routes.openapi(list_transfers_contract, (c) => {
  const { limit, cursor, ...filters } = c.req.valid("query");
  return answerPage(c, { operation: "listTransfers", ...filters }, { limit, cursor }, (page) =>
    listTransfers(c.get("context"), { ...filters, ...page }),
  );
});

const get_transfer_contract = operation({
  id: "getTransfer",
  method: "get",
  path: "/transfers/{id}",
  tag: "transfers",
  summary: "Get a transfer",
  description: "Posted or declined. The payee sees it once money has moved.",
  callers: ["admin", "customer"],
  request: { params: id_param },
  answer: { status: 200, description: "The transfer.", schema: Transfer },
});

transfer_routes.openapi(get_transfer_contract, async (c) =>
  answerJson(c, await getTransfer(c.get("context"), c.req.valid("param").id)),
);
