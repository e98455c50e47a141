import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { idsOf, readPages } from "./pages.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();
const createBank = ownBanks();

test("all customers, newest first, each once, though others join meanwhile", async () => {
  const own = await createBank();
  const p_actor = await own.admin();
  const customers = [];
  for (let count = 0; count < 7; count += 1) customers.push(await own.createCustomer());
  const pages = await readPages(
    (p_position) => own.call("list_customers", { p_actor, p_limit: 3, p_position }),
    () => own.createCustomer(),
  );
  expect(idsOf(pages)).toEqual(customers.map(({ customer_id }) => customer_id).reverse());
  expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
});

test("a full last page has no next page, and a bank without customers has an empty list", async () => {
  const own = await createBank();
  const p_actor = await own.admin();
  expect(await own.call("list_customers", { p_actor })).toMatchObject({
    text: '{"data":[]}',
    next_position: null,
  });
  await own.createCustomer();
  expect(await own.call("list_customers", { p_actor, p_limit: 1 })).toMatchObject({
    next_position: null,
  });
});

test("customers may not list customers", async () => {
  const call = bank.call("list_customers", { p_actor: await bank.createCustomer() });
  expect(await refusal(call)).toEqual({ code: "forbidden" });
});
