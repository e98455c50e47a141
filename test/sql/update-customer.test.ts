import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank, type CustomerActor } from "../harness/bank.ts";
import { failureFacts, refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

async function update(customer_id: string, named: Record<string, unknown>) {
  return bank.call("update_customer", {
    p_actor: await bank.admin(),
    p_customer_id: customer_id,
    ...named,
  });
}

async function read(customer: CustomerActor) {
  return (
    await bank.call("get_customer", { p_actor: customer, p_customer_id: customer.customer_id })
  ).body;
}

test("only the given members are changed, and the audit event has old and new values", async () => {
  const ada = await bank.createCustomer("Ada");
  const before = await read(ada);
  const { body, changed } = await update(ada.customer_id, { p_name: "Ada Lovelace" });
  expect(body).toEqual({ ...before, name: "Ada Lovelace", updated_at: body.updated_at });
  expect(body.updated_at > before.updated_at).toBe(true);
  expect(changed).toContain(`customer:${ada.customer_id}`);
  expect((await update(ada.customer_id, { p_status: "frozen" })).body).toMatchObject({
    name: "Ada Lovelace",
    status: "frozen",
  });
  expect(await read(ada)).toMatchObject({ name: "Ada Lovelace", status: "frozen" });
  expect(await bank.auditEvents(ada.customer_id, "customer.update")).toMatchObject([
    {
      detail: {
        before: { name: "Ada", status: "active" },
        after: { name: "Ada Lovelace", status: "active" },
      },
    },
    { detail: { before: { status: "active" }, after: { status: "frozen" } } },
  ]);
});

test("a frozen customer reads, is credited, gets replays, and moves again once thawed", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 10 }),
    await bank.createAccount(ada),
  ];
  const order = { from, to, amount: 1, key: randomUUID() };
  await bank.transfer(ada, order);
  await update(ada.customer_id, { p_status: "frozen" });
  expect((await bank.transfer(ada, { from, to, amount: 1 })).code).toBe("customer_frozen");
  expect((await bank.debit(from, 1)).code).toBe("customer_frozen");
  expect((await bank.credit(from, 1)).code).toBeNull();
  expect(await bank.transfer(ada, order)).toMatchObject({
    replayed: true,
    body: { status: "posted" },
  });
  await update(ada.customer_id, { p_status: "active" });
  expect((await bank.transfer(ada, { from, to, amount: 1 })).code).toBeNull();
});

test("a customer may not change any customer, itself included", async () => {
  const [ada, bob] = [await bank.createCustomer("Ada"), await bank.createCustomer("Bob")];
  for (const customer of [ada, bob]) {
    const call = update(customer.customer_id, { p_actor: ada, p_name: "Eve" });
    expect(await refusal(call)).toEqual({ code: "forbidden" });
  }
  expect(await read(ada)).toMatchObject({ name: "Ada" });
});

test("an unknown customer is not found", async () => {
  expect(await failureFacts(update(randomUUID(), { p_name: "Eve" }))).toMatchObject({
    detail: '{"code": "not_found"}',
  });
});

test("an unknown status of a customer is refused", async () => {
  const ada = await bank.createCustomer();
  expect(await sqlState(update(ada.customer_id, { p_status: "closed" }))).toBe("23514");
  expect(await read(ada)).toMatchObject({ status: "active" });
});
