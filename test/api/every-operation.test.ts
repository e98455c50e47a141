import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { admin, bank, createCustomer, mintToken, request } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";
import {
  declaredCodes,
  described_operations,
  type DescribedOperation,
} from "../harness/openapi-document.ts";

/** Who asks. The customer owns what is asked for, the other one does not. */
const callers = ["nobody", "expired", "forged", "other", "customer", "admin"] as const;
type Caller = (typeof callers)[number];

/** What exists before anybody asks. */
interface World {
  readonly tokens: Readonly<Record<Caller, string | undefined>>;
  readonly admin_id: string;
  readonly customer_id: string;
  readonly account_id: string;
  readonly second_account_id: string;
  readonly transfer_id: string;
}

interface Asked {
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
}

interface Row {
  readonly ask: (world: World) => Asked | Promise<Asked>;
  /**
   * The status for: the other customer, the customer, an admin. The rest get 401, unless `nobody`
   * says what.
   */
  readonly statuses: readonly [number, number, number];
  readonly nobody?: number;
}

const key = (): string => randomUUID();

/** One minor unit from one account of the customer to the other. */
const movement = ({ account_id, second_account_id }: World): object => ({
  debit_account_id: account_id,
  credit_account_id: second_account_id,
  amount: 1,
});

async function createHold(world: World): Promise<string> {
  const token = world.tokens.customer;
  const { body } = await request("POST", "/v1/holds", { token, key: key(), body: movement(world) });
  return (body as { id: string }).id;
}

const table: Readonly<Record<string, Row>> = {
  checkHealth: { ask: () => ({ path: "/healthz" }), statuses: [200, 200, 200], nobody: 200 },
  checkReadiness: { ask: () => ({ path: "/readyz" }), statuses: [200, 200, 200], nobody: 200 },
  login: {
    ask: () => ({ path: "/v1/auth/login", body: {} }),
    statuses: [422, 422, 422],
    nobody: 422,
  },
  getMe: { ask: () => ({ path: "/v1/me" }), statuses: [200, 200, 200] },
  createCustomer: {
    ask: () => ({
      path: "/v1/customers",
      body: { name: "New", email: `${key()}@edgebank.test`, password: "correct horse battery" },
    }),
    statuses: [403, 403, 201],
  },
  listCustomers: { ask: () => ({ path: "/v1/customers" }), statuses: [403, 403, 200] },
  getCustomer: {
    ask: ({ customer_id }) => ({ path: `/v1/customers/${customer_id}` }),
    statuses: [404, 200, 200],
  },
  updateCustomer: {
    ask: ({ customer_id }) => ({ path: `/v1/customers/${customer_id}`, body: { name: "Changed" } }),
    statuses: [403, 403, 200],
  },
  createAccount: {
    ask: ({ customer_id }) => ({
      path: "/v1/accounts",
      body: { customer_id, currency: "USD", name: "New" },
    }),
    statuses: [403, 403, 201],
  },
  listAccounts: {
    ask: ({ customer_id }) => ({ path: `/v1/accounts?customer_id=${customer_id}` }),
    statuses: [404, 200, 200],
  },
  getAccount: {
    ask: ({ account_id }) => ({ path: `/v1/accounts/${account_id}` }),
    statuses: [404, 200, 200],
  },
  updateAccount: {
    ask: ({ account_id }) => ({ path: `/v1/accounts/${account_id}`, body: { name: "Changed" } }),
    statuses: [403, 403, 200],
  },
  listEntries: {
    ask: ({ account_id }) => ({ path: `/v1/accounts/${account_id}/entries` }),
    statuses: [404, 200, 200],
  },
  creditAccount: {
    ask: ({ account_id }) => ({
      path: `/v1/accounts/${account_id}/credit`,
      key: key(),
      body: { amount: 1 },
    }),
    statuses: [403, 403, 201],
  },
  debitAccount: {
    ask: ({ account_id }) => ({
      path: `/v1/accounts/${account_id}/debit`,
      key: key(),
      body: { amount: 1 },
    }),
    statuses: [403, 403, 201],
  },
  createTransfer: {
    ask: (world) => ({ path: "/v1/transfers", key: key(), body: movement(world) }),
    statuses: [404, 201, 201],
  },
  listTransfers: {
    ask: ({ account_id }) => ({ path: `/v1/transfers?account_id=${account_id}` }),
    statuses: [404, 200, 200],
  },
  getTransfer: {
    ask: ({ transfer_id }) => ({ path: `/v1/transfers/${transfer_id}` }),
    statuses: [404, 200, 200],
  },
  getBalance: {
    ask: ({ account_id }) => ({
      path: `/v1/accounts/${account_id}/balance?at=${new Date().toISOString()}`,
    }),
    statuses: [404, 200, 200],
  },
  createTransfers: {
    ask: (world) => ({
      path: "/v1/transfers/batch",
      key: key(),
      body: { transfers: [movement(world)], atomic: true },
    }),
    statuses: [422, 200, 200],
  },
  reverseTransfer: {
    ask: ({ transfer_id }) => ({
      path: `/v1/transfers/${transfer_id}/reverse`,
      key: key(),
      body: { amount: 1 },
    }),
    statuses: [403, 403, 201],
  },
  createHold: {
    ask: (world) => ({ path: "/v1/holds", key: key(), body: movement(world) }),
    statuses: [404, 201, 201],
  },
  listHolds: {
    ask: ({ account_id }) => ({ path: `/v1/holds?account_id=${account_id}` }),
    statuses: [404, 200, 200],
  },
  getHold: {
    ask: async (world) => ({ path: `/v1/holds/${await createHold(world)}` }),
    statuses: [404, 200, 200],
  },
  captureHold: {
    ask: async (world) => ({ path: `/v1/holds/${await createHold(world)}/capture`, key: key() }),
    statuses: [404, 201, 201],
  },
  releaseHold: {
    ask: async (world) => ({ path: `/v1/holds/${await createHold(world)}/release`, key: key() }),
    statuses: [404, 200, 200],
  },
  verifyLedger: { ask: () => ({ path: "/v1/ledger/verification" }), statuses: [403, 403, 200] },
  listAuditEvents: { ask: () => ({ path: "/v1/audit-events" }), statuses: [403, 403, 200] },
};

let world: World;

beforeAll(async () => {
  const [ada, eve] = await Promise.all([createCustomer("Ada"), createCustomer("Eve")]);
  const account_id = await bank.createAccount(ada, { balance: 1_000 });
  const second_account_id = await bank.createAccount(ada);
  const tokens = {
    nobody: undefined,
    expired: await mintToken(ada, { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }),
    forged: await mintToken(await admin(), { secret: new Uint8Array(32).fill(1) }),
    other: eve.token,
    customer: ada.token,
    admin: (await admin()).token,
  };
  const { body } = await request("POST", "/v1/transfers", {
    token: ada.token,
    key: key(),
    body: { debit_account_id: account_id, credit_account_id: second_account_id, amount: 10 },
  });
  const { id: transfer_id } = body as { id: string };
  const { user_id: admin_id } = await admin();
  world = {
    tokens,
    admin_id,
    customer_id: ada.customer_id,
    account_id,
    second_account_id,
    transfer_id,
  };
});

test("each operation has a row, and each row an operation", () => {
  expect(Object.keys(table).sort()).toEqual(
    described_operations.map(({ operationId }) => operationId).sort(),
  );
});

/** Everything of the customer that a call could change. */
async function stateOfCustomer(): Promise<unknown> {
  return bank.sql(
    `select (select to_jsonb(customer) from bank.customers as customer where id = $1) as customer,
            (select jsonb_agg(to_jsonb(account) order by id)
               from bank.accounts as account where customer_id = $1) as accounts,
            (select count(*) from bank.idempotency_keys where scope in ($1, $2)) as keys`,
    [world.customer_id, world.admin_id],
  );
}

function expectDeclared(operation: DescribedOperation, { status, headers, body }: ApiAnswer): void {
  const declared = operation.responses[String(status)];
  expect(declared, `${operation.operationId} declares no ${String(status)}`).toBeDefined();
  expect([...headers.keys()].includes("etag")).toBe("ETag" in (declared?.headers ?? {}));
  if (status >= 400)
    expect(declaredCodes(operation, status)).toContain((body as { code: string }).code);
}

/** What answers no single resource, and so has no ETag. */
const without_etag = /^(list|check)|^(login|createTransfers|verifyLedger)$/;

/**
 * What is false of any resource of this bank. A list has no time, and whoever reads may have what
 * is there.
 */
const false_preconditions = [
  ["If-Match", '"nonsense"'],
  ["If-Match", "nonsense"],
  ["If-Match", 'W/"weak", "x,*"'],
  ["If-None-Match", "*"],
  ["If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"],
] as const;

describe.each(described_operations)("$operationId", (operation) => {
  const row = table[operation.operationId];
  if (row === undefined) return;
  const [other, customer, admin_status] = row.statuses;
  const unknown = row.nobody ?? 401;
  const expected: Record<Caller, number> = {
    nobody: unknown,
    expired: unknown,
    forged: unknown,
    other,
    customer,
    admin: admin_status,
  };

  test.each(callers)("answers as declared when it is called by %s", async (caller) => {
    const { path: path_, ...asked } = await row.ask(world);
    const before = await stateOfCustomer();
    const answer = await request(operation.method, path_, {
      ...asked,
      token: world.tokens[caller],
    });
    expect([caller, answer.status], answer.text).toEqual([caller, expected[caller]]);
    expectDeclared(operation, answer);
    if (answer.status >= 400) expect(await stateOfCustomer()).toEqual(before);
    if (answer.status === 401) expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer/);
  });

  // Who changes nothing of the ledger, logs in or looks whether it is there.
  if (row.nobody !== undefined) return;
  const is_write = operation.method !== "GET";
  const takes = (name: string) => operation.parameters.some((parameter) => parameter.name === name);

  test("has an ETag, or is no single resource", () => {
    const [success = ""] = Object.keys(operation.responses).filter((status) =>
      status.startsWith("2"),
    );
    const has_etag = "ETag" in (operation.responses[success]?.headers ?? {});
    expect(has_etag).toBe(!without_etag.test(operation.operationId));
  });

  test("declares 403 only if customers may not call it", () => {
    expect("403" in operation.responses).toBe(customer === 403);
  });

  const testable = false_preconditions.filter(
    ([name]) => name === "If-Match" || (is_write && (name === "If-None-Match" || takes(name))),
  );
  test.each(testable)("%s: %s is false, and nothing happens", async (name, value) => {
    const { path: path_, ...asked } = await row.ask(world);
    const before = await stateOfCustomer();
    const headers = { [name]: value };
    const answer = await request(operation.method, path_, {
      ...asked,
      token: world.tokens.admin,
      headers,
    });
    expect([answer.status, answer.body?.code], answer.text).toEqual([412, "precondition_failed"]);
    expectDeclared(operation, answer);
    expect(await stateOfCustomer()).toEqual(before);
  });

  test.runIf(is_write)(
    "does once what is asked twice with one Idempotency-Key, and refuses a malformed one",
    async () => {
      const token = world.tokens.admin;
      const asked = { ...(await row.ask(world)), key: key(), token };
      const before = await stateOfCustomer();
      const malformed = await request(operation.method, asked.path, { ...asked, key: "a b" });
      expect(malformed.body).toMatchObject({ status: 400, code: "idempotency_key_invalid" });
      expect(await stateOfCustomer()).toEqual(before);
      const first = await request(operation.method, asked.path, asked);
      const after = await stateOfCustomer();
      const second = await request(operation.method, asked.path, asked);
      expect(first.status).toBe(admin_status);
      expect([second.status, second.text]).toEqual([first.status, first.text]);
      expect(second.headers.get("ETag")).toBe(first.headers.get("ETag"));
      expect(second.headers.get("Idempotency-Replayed")).toBe("true");
      expect(await stateOfCustomer()).toEqual(after);
    },
  );

  if (customer === 403 && operation.method !== "GET") {
    test("is forbidden to a customer before its body is looked at", async () => {
      const { path: path_ } = await row.ask(world);
      const answer = await request(operation.method, path_, {
        token: world.tokens.customer,
        body: "{",
      });
      expect(answer.body).toMatchObject({ status: 403, code: "forbidden" });
    });
  }
});
