import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank, type CustomerActor } from "../harness/bank.ts";
import { idsOf, readPages } from "./pages.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();

async function createAccounts(customer: CustomerActor, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.unshift(await bank.createAccount(customer));
  return ids;
}

test("a customer sees its own accounts, newest first", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const own = await createAccounts(ada, 2);
  await createAccounts(bob, 1);
  const { body } = await bank.call("list_accounts", { p_actor: ada });
  expect(idsOf([body])).toEqual(own);
  const [newest] = own;
  expect(body[0]).toEqual(
    (await bank.call("get_account", { p_actor: ada, p_account_id: newest })).body,
  );
});

test("an admin sees one customer's accounts, or all, internal ones among them", async () => {
  const ada = await bank.createCustomer();
  const ids = await createAccounts(ada, 2);
  const p_actor = await bank.admin();
  const { body } = await bank.call("list_accounts", { p_actor, p_customer_id: ada.customer_id });
  expect(idsOf([body])).toEqual(ids);
  const all = await readPages((p_position) =>
    bank.call("list_accounts", { p_actor, p_limit: 100, p_position }),
  );
  expect(idsOf(all)).toEqual(expect.arrayContaining(ids));
  expect(all.flat()).toContainEqual(expect.objectContaining({ kind: "internal", currency: "USD" }));
});

test("pages hold every account once, though others are opened meanwhile", async () => {
  const ada = await bank.createCustomer();
  const ids = await createAccounts(ada, 7);
  const pages = await readPages(
    (p_position) => bank.call("list_accounts", { p_actor: ada, p_limit: 3, p_position }),
    () => bank.createAccount(ada),
  );
  expect(idsOf(pages)).toEqual(ids);
});

test("another customer's list looks like that of an unknown customer", async () => {
  const [ada, bob] = [await bank.createCustomer(), await bank.createCustomer()];
  const look = async (p_customer_id: string) =>
    failureFacts(bank.call("list_accounts", { p_actor: ada, p_customer_id }));
  const missing = await look(randomUUID());
  expect(await look(bob.customer_id)).toEqual(missing);
  expect(missing).toMatchObject({ detail: '{"code": "not_found"}' });
});

test("a list may be cached until the next hold of any of its accounts expires", async () => {
  const ada = await bank.createCustomer();
  await bank.createAccount(ada, { balance: 5 });
  expect((await bank.call("list_accounts", { p_actor: ada })).cache_lifetime_ms).toBeNull();
  await bank.createAccount(ada, { balance: 5, held: 1 });
  expect((await bank.call("list_accounts", { p_actor: ada })).cache_lifetime_ms).toBeGreaterThan(0);
});

test("an actor who is nobody may not list accounts", async () => {
  expect(await refusal(bank.call("list_accounts", { p_actor: {} }))).toEqual({
    code: "unauthenticated",
  });
});
