import { OpenAPIHono, z } from "@hono/zod-openapi";
import { answerCreated, answerJson, answerPage } from "../edge/answer.ts";
import type { AppEnv } from "../edge/app-env.ts";
import { id_param, jsonContent, operation } from "../edge/operation.ts";
import { Customer, CustomerUpdate, NewCustomer } from "../schemas/customer.ts";
import { page_query, pageOf } from "../schemas/page.ts";
import { createCustomer, getCustomer, listCustomers, updateCustomer } from "../services/customers.ts";

export const customer_routes = new OpenAPIHono<AppEnv>();

const create_customer_contract = operation({
  id: "createCustomer",
  method: "post",
  path: "/customers",
  tag: "customers",
  summary: "Create a customer",
  description: "A customer and the login that acts for it.",
  callers: ["admin"],
  request: { body: jsonContent(NewCustomer) },
  answer: { status: 201, description: "The customer.", schema: Customer },
  codes: ["email_taken"],
});

customer_routes.openapi(create_customer_contract, async (c) =>
  answerCreated(c, await createCustomer(c.get("context"), c.req.valid("json"))),
);

const list_customers_contract = operation({
  id: "listCustomers",
  method: "get",
  path: "/customers",
  tag: "customers",
  summary: "List customers",
  description: "All customers, newest first.",
  callers: ["admin"],
  request: { query: z.strictObject(page_query) },
  answer: { status: 200, description: "A page of customers.", schema: pageOf(Customer) },
});

customer_routes.openapi(list_customers_contract, (c) =>
  answerPage(c, { operation: "listCustomers" }, c.req.valid("query"), (page) =>
    listCustomers(c.get("context"), page),
  ),
);

const get_customer_contract = operation({
  id: "getCustomer",
  method: "get",
  path: "/customers/{id}",
  tag: "customers",
  summary: "Get a customer",
  description: "A customer sees only itself.",
  callers: ["admin", "customer"],
  request: { params: id_param },
  answer: { status: 200, description: "The customer.", schema: Customer },
});

customer_routes.openapi(get_customer_contract, async (c) =>
  answerJson(c, await getCustomer(c.get("context"), c.req.valid("param").id)),
);

const update_customer_contract = operation({
  id: "updateCustomer",
  method: "patch",
  path: "/customers/{id}",
  tag: "customers",
  summary: "Change a customer",
  description:
    "Members that are not given stay as they are. No money leaves the accounts of a frozen customer.",
  callers: ["admin"],
  request: { params: id_param, body: jsonContent(CustomerUpdate) },
  answer: { status: 200, description: "The customer as it is now.", schema: Customer },
});

customer_routes.openapi(update_customer_contract, async (c) => {
  const update = { customer_id: c.req.valid("param").id, ...c.req.valid("json") };
  return answerJson(c, (await updateCustomer(c.get("context"), update)).body);
});
