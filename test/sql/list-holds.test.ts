import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { expireHold, releaseHold } from "./holds.ts";
import { idsOf, readPages } from "./pages.ts";
import { failureFacts, refusal } from "./refusals.ts";

const bank = sharedBank();

async function createHolds(count: number) {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const ids: string[] = [];
  while (ids.length < count)
    ids.unshift((await bank.createHold(ada, { from, to, amount: 1 })).body.id);
  const list = async (named: object) =>
    idsOf([(await bank.call("list_holds", { p_actor: ada, ...named })).body]);
  return { ada, from, to, ids, list };
}

test("a customer's holds, newest first, filtered by account and by what they are at this instant", async () => {
  const { ada, from, to, ids, list } = await createHolds(3);
  await createHolds(1);
  const [active, released = "", expired = ""] = ids;
  await releaseHold(bank, ada, released);
  await expireHold(bank, expired);
  expect(await list({})).toEqual(ids);
  expect(await list({ p_account_id: from })).toEqual(ids);
  expect(await list({ p_account_id: to })).toEqual([]);
  expect(await list({ p_status: "active" })).toEqual([active]);
  expect(await list({ p_status: "released" })).toEqual([released]);
  expect(await list({ p_status: "expired" })).toEqual([expired]);
  expect(await list({ p_status: "captured" })).toEqual([]);
});

test("pages hold every hold once, though others are made meanwhile", async () => {
  const { ada, from, to, ids } = await createHolds(5);
  const pages = await readPages(
    (p_position) => bank.call("list_holds", { p_actor: ada, p_limit: 2, p_position }),
    () => bank.createHold(ada, { from, to, amount: 1 }),
  );
  expect(idsOf(pages)).toEqual(ids);
});

test("another customer's account looks like one that does not exist, and an unknown actor sees no hold", async () => {
  const [{ ada }, other] = [await createHolds(0), await createHolds(1)];
  const look = async (p_account_id: string) =>
    failureFacts(bank.call("list_holds", { p_actor: ada, p_account_id }));
  expect(await look(other.from)).toEqual(await look("00000000-0000-7000-8000-000000000000"));
  expect(await refusal(bank.call("list_holds", { p_actor: {} }))).toEqual({
    code: "unauthenticated",
  });
});

test("where a status is rare a page may be short, and the pages together hold all", async () => {
  const { ada, ids, from } = await createHolds(2);
  const [active, released = ""] = ids;
  await releaseHold(bank, ada, released);
  await bank.sql(
    `insert into bank.holds (
       id, debit_account_id, credit_account_id, amount, currency, status, metadata, created_by,
       expires_at, created_at)
     select bank_internal.new_id(clock_timestamp()), debit_account_id, credit_account_id, amount,
            currency, 'expired', '{}', created_by, expires_at, created_at
       from bank.holds, generate_series(1, 1001) where id = $1`,
    [active],
  );
  const read = (named: object) =>
    readPages((p_position) => bank.call("list_holds", { p_actor: ada, ...named, p_position }));
  expect((await read({ p_status: "released" })).map((page) => idsOf([page]))).toEqual([
    [],
    [released],
  ]);
  expect(idsOf(await read({ p_status: "expired", p_account_id: from, p_limit: 100 }))).toHaveLength(
    1001,
  );
});
