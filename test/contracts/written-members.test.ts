import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { Account, AccountUpdate, NewAccount } from "../../src/schemas/account.ts";
import { Customer, CustomerUpdate, NewCustomer } from "../../src/schemas/customer.ts";
import { Hold, NewHold } from "../../src/schemas/hold.ts";
import { NewTransfer, Transfer } from "../../src/schemas/transfer.ts";
import { sharedBank, unusable_password_hash, type CustomerActor } from "../harness/bank.ts";
import { refusal } from "../sql/refusals.ts";

// A member of a request passes through many functions, and jsonb_to_recordset drops a member that
// it is not told about. What fails here is a function that forgets one.

const bank = sharedBank();

type Members = Readonly<Record<string, unknown>>;
type Shape = z.ZodObject;

/**
 * Every member of a request, and another value of each. A new member of a schema needs a value
 * here.
 */
interface Example {
  readonly members: Members;
  readonly others: Members;
}

let ada: CustomerActor;
let transfer: Example;

beforeAll(async () => {
  ada = await bank.createCustomer();
  const [from, to, third] = await Promise.all([
    bank.createAccount(ada, { balance: 1_000 }),
    bank.createAccount(ada),
    bank.createAccount(ada, { balance: 1_000 }),
  ]);
  transfer = {
    members: {
      debit_account_id: from,
      credit_account_id: to,
      amount: 5,
      currency: "USD",
      description: "Rent",
      metadata: { invoice: "4711" },
    },
    others: {
      debit_account_id: third,
      credit_account_id: third,
      amount: 6,
      currency: "EUR",
      description: "Gift",
      metadata: { invoice: "4712" },
    },
  };
});

const argumentsOf = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [`p_${name}`, value]));

/**
 * Members of a request that no answer shows: they are secret, or the answer shows what follows from
 * them.
 */
const not_shown = ["password", "expires_in_seconds"];

function expectShown(answer: Members, members: Members): void {
  const shown = Object.entries(members).filter(([name]) => !not_shown.includes(name));
  expect(answer).toMatchObject(Object.fromEntries(shown));
}

function expectComplete({ members, others }: Example, request: Shape, resource: Shape): void {
  const names = Object.keys(request.shape);
  expect(Object.keys(members).sort()).toEqual(names.toSorted());
  expect(Object.keys(others).sort()).toEqual(names.toSorted());
  const shown = names.filter((name) => !not_shown.includes(name));
  expect(Object.keys(resource.shape)).toEqual(expect.arrayContaining(shown));
}

const transferAlone = async (key: string, members: Members): Promise<Members> =>
  (
    await bank.call("create_transfer", {
      p_actor: ada,
      p_idempotency_key: key,
      ...argumentsOf(members),
    })
  ).body as Members;

/** What a teller sends. It comes back without an answer if it must be sent alone. */
async function transferGathered(key: string, members: Members): Promise<Members> {
  const { user_id, role, customer_id } = ada;
  const request = { user_id, role, customer_id, idempotency_key: key, ...members };
  const session = await bank.session();
  const { rows } = await session.query<{ body: string }>(
    "select body from bank.gather_transfers($1)",
    [JSON.stringify([request])],
  );
  return JSON.parse(rows[0]?.body ?? "null") as Members;
}

async function transferInBatch(key: string, members: Members): Promise<Members> {
  const { body } = await bank.call("create_transfers", {
    p_actor: ada,
    p_idempotency_key: key,
    p_transfers: [members],
  });
  return (body as { outcomes: { transfer: Members }[] }).outcomes[0]?.transfer ?? {};
}

async function holdAndCapture(key: string, members: Members): Promise<Members> {
  const asked = { p_actor: ada, p_idempotency_key: key, ...argumentsOf(members) };
  const { body: hold } = await bank.call("create_hold", asked);
  expectShown(hold as Members, members);
  const capture = {
    p_actor: ada,
    p_idempotency_key: randomUUID(),
    p_hold_id: (hold as { id: string }).id,
  };
  return (await bank.call("capture_hold", capture)).body as Members;
}

test("the example has every member of a transfer, and a transfer and a hold show every one", () => {
  expectComplete(transfer, NewTransfer, Transfer);
  const hold = {
    members: { ...transfer.members, expires_in_seconds: 60 },
    others: { ...transfer.others, expires_in_seconds: 61 },
  };
  expectComplete(hold, NewHold, Hold);
});

describe.each([
  ["alone", transferAlone],
  ["in a batch", transferInBatch],
  ["gathered by a teller", transferGathered],
  ["held and captured", holdAndCapture],
])("a transfer that is made %s", (_way, make) => {
  test("has every member of its request, in its answer and when it is read", async () => {
    const made = await make(randomUUID(), transfer.members);
    expectShown(made, transfer.members);
    const { body } = await bank.call("get_transfer", { p_actor: ada, p_transfer_id: made["id"] });
    expectShown(body as Members, transfer.members);
  });
});

test.each([
  ["alone", transferAlone],
  ["gathered by a teller", transferGathered],
])("a transfer that was made %s is another request if any member differs", async (_way, make) => {
  const key = randomUUID();
  const made = await make(key, transfer.members);
  expect(await transferAlone(key, transfer.members)).toEqual(made);
  for (const [name, value] of Object.entries(transfer.others)) {
    const again = transferAlone(key, { ...transfer.members, [name]: value });
    expect(await refusal(again), name).toEqual({ code: "idempotency_key_reused" });
  }
});

/**
 * What an admin sets on an account or a customer. `target` is the member that names what is
 * changed.
 */
const settings = [
  {
    name: "create_account",
    request: NewAccount,
    resource: Account,
    members: () => ({
      customer_id: ada.customer_id,
      currency: "EUR",
      name: "Savings",
      overdraft_limit: 50,
    }),
  },
  {
    name: "update_account",
    request: AccountUpdate,
    resource: Account,
    target: async () => ({ p_account_id: await bank.createAccount(ada) }),
    members: () => ({ name: "Savings", overdraft_limit: 50, status: "frozen" }),
  },
  {
    name: "create_customer",
    request: NewCustomer,
    resource: Customer,
    members: () => ({ name: "Bob", email: `${randomUUID()}@edgebank.test`, password: "unknown" }),
  },
  {
    name: "update_customer",
    request: CustomerUpdate,
    resource: Customer,
    target: async () => ({ p_customer_id: (await bank.createCustomer()).customer_id }),
    members: () => ({ name: "Eve", status: "frozen" }),
  },
];

test.each(settings)(
  "$name stores and shows every member of its request",
  async ({ name, request, resource, target, members: membersOf }) => {
    const members = membersOf();
    expectComplete({ members, others: members }, request, resource);
    const { password, ...others } = members as Members;
    const { body } = await bank.call(name, {
      p_actor: await bank.admin(),
      ...(await target?.()),
      ...argumentsOf(others),
      ...(password === undefined ? {} : { p_password_hash: unusable_password_hash }),
    });
    expectShown(body as Members, members);
  },
);
