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
import { Capture, Hold, HoldStatus, NewHold } from "../schemas/hold.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Transfer } from "../schemas/transfer.ts";
import { Id } from "../schemas/values.ts";
import { captureHold, createHold, getHold, listHolds, releaseHold } from "../services/holds.ts";

export const hold_routes = new OpenAPIHono<AppEnv>();

const create_hold_contract = operation({
  id: "createHold",
  method: "post",
  path: "/holds",
  tag: "holds",
  summary: "Hold money",
  description:
    "Reserves money on the debited account by the rules of a transfer, until it is captured, released or expires.",
  callers: ["admin", "customer"],
  request: { headers: idempotency_header, body: jsonContent(NewHold) },
  answer: { status: 201, description: "The active hold.", schema: Hold },
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

hold_routes.openapi(create_hold_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  return answerCreated(c, await createHold(c.get("context"), { idempotency_key, ...c.req.valid("json") }));
});

const list_holds_contract = operation({
  id: "listHolds",
  method: "get",
  path: "/holds",
  tag: "holds",
  summary: "List holds",
  description: "Newest first: those on a customer's accounts, or, for an admin, all.",
  callers: ["admin", "customer"],
  request: {
    query: z.strictObject({
      account_id: Id.optional().openapi({ description: "The debited account." }),
      status: HoldStatus.optional(),
      ...page_query,
    }),
  },
  answer: { status: 200, description: "A page of holds.", schema: pageOf(Hold) },
  codes: ["forbidden", "not_found"],
});

hold_routes.openapi(list_holds_contract, (c) => {
  const { limit, cursor, ...filters } = c.req.valid("query");
  return answerPage(c, { operation: "listHolds", ...filters }, { limit, cursor }, (page) =>
    listHolds(c.get("context"), { ...filters, ...page }),
  );
});

const get_hold_contract = operation({
  id: "getHold",
  method: "get",
  path: "/holds/{id}",
  tag: "holds",
  summary: "Get a hold",
  description: "For whoever acts for the debited account: the payee sees what is captured, as a transfer.",
  callers: ["admin", "customer"],
  request: { params: id_param },
  answer: { status: 200, description: "The hold.", schema: Hold },
});

hold_routes.openapi(get_hold_contract, async (c) =>
  answerJson(c, await getHold(c.get("context"), c.req.valid("param").id)),
);

const capture_hold_contract = operation({
  id: "captureHold",
  method: "post",
  path: "/holds/{id}/capture",
  tag: "holds",
  summary: "Capture a hold",
  description: "Makes a transfer of the hold, once, in full or in part; what is not captured is released.",
  callers: ["admin", "customer"],
  request: { params: id_param, headers: idempotency_header, body: optionalJsonContent(Capture) },
  answer: { status: 201, description: "The posted transfer.", schema: Transfer },
  codes: [
    "forbidden",
    "hold_not_active",
    "capture_exceeds_hold",
    "account_closed",
    "account_frozen",
    "customer_frozen",
    "balance_out_of_range",
  ],
});

hold_routes.openapi(capture_hold_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  const capture = { idempotency_key, hold_id: c.req.valid("param").id, ...c.req.valid("json") };
  return answerCreated(c, await captureHold(c.get("context"), capture));
});

const release_hold_contract = operation({
  id: "releaseHold",
  method: "post",
  path: "/holds/{id}/release",
  tag: "holds",
  summary: "Release a hold",
  description: "The money is available again.",
  callers: ["admin", "customer"],
  request: { params: id_param, headers: idempotency_header, body: optionalJsonContent(z.strictObject({})) },
  answer: { status: 200, description: "The released hold.", schema: Hold },
  codes: ["forbidden", "hold_not_active"],
});

hold_routes.openapi(release_hold_contract, async (c) => {
  const idempotency_key = c.req.valid("header")["Idempotency-Key"];
  return answerDone(
    c,
    await releaseHold(c.get("context"), { idempotency_key, hold_id: c.req.valid("param").id }),
  );
});
