import { z } from "@hono/zod-openapi";
import { answerPage } from "../edge/answer.ts";
import { answerChanged, answerCreated, answerWithEtag } from "../edge/etag.ts";
import { jsonContent, operation } from "../edge/operation.ts";
import { Customer, CustomerUpdate, NewCustomer } from "../schemas/customer.ts";
import { OptionalIdempotencyKey } from "../schemas/idempotency-key.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { Position } from "../schemas/position.ts";
import { Id } from "../schemas/values.ts";
import { createCustomer, getCustomer } from "../services/customers.ts";
import { write } from "../services/database-calls.ts";
import { readListPage } from "../services/read-list.ts";

const create_customer = operation(
  {
    id: "createCustomer",
    method: "post",
    path: "/customers",
    tag: "customers",
    summary: "Create a customer",
    description: "Creates a customer and its login.",
    callers: ["admin"],
    request: { idempotency_key: OptionalIdempotencyKey, body: jsonContent(NewCustomer) },
    answer: { status: 201, description: "The customer.", schema: Customer, has_etag: true },
    codes: ["email_taken"],
  },
  async (c, { idempotency_key, body }) =>
    answerCreated(c, await createCustomer(c.get("context"), { idempotency_key, ...body })),
);

const list_customers = operation(
  {
    id: "listCustomers",
    method: "get",
    path: "/customers",
    tag: "customers",
    summary: "List customers",
    description: "All customers, newest first.",
    callers: ["admin"],
    request: { position: Position, query: z.strictObject(page_query) },
    answer: { status: 200, description: "A page of customers.", schema: pageOf(Customer) },
  },
  (c, { query }) =>
    answerPage(c, { operation: "listCustomers" }, query, (page) =>
      readListPage(c.get("context"), "list_customers", page),
    ),
);

const get_customer = operation(
  {
    id: "getCustomer",
    method: "get",
    path: "/customers/{id}",
    tag: "customers",
    summary: "Get a customer",
    description: "A customer sees only itself.",
    callers: ["admin", "customer"],
    request: { id: Id },
    answer: { status: 200, description: "The customer.", schema: Customer, has_etag: true },
  },
  async (c, { id, preconditions }) =>
    answerWithEtag(c, preconditions, await getCustomer(c.get("context"), id)),
);

const update_customer = operation(
  {
    id: "updateCustomer",
    method: "patch",
    path: "/customers/{id}",
    tag: "customers",
    summary: "Change a customer",
    description:
      "Members that are left out keep their values. No money leaves the " +
      "accounts of a frozen customer.",
    callers: ["admin"],
    request: { id: Id, idempotency_key: OptionalIdempotencyKey, body: jsonContent(CustomerUpdate) },
    answer: {
      status: 200,
      description: "The customer as it is now.",
      schema: Customer,
      has_etag: true,
    },
  },
  async (c, { id, idempotency_key, preconditions, body }) => {
    const update = { idempotency_key, preconditions, customer_id: id, ...body };
    return answerChanged(c, await write(c.get("context"), "update_customer", update));
  },
);

export const customer_operations = [create_customer, list_customers, get_customer, update_customer];
