import { beforeAll, expect, test } from "vitest";
import { sharedBank, type CustomerActor } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { idsOf, readPages } from "./pages.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();
const createBank = ownBanks();
let ada: CustomerActor;
let posted: string;
let declined: string;

beforeAll(async () => {
  ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 1 }), await bank.createAccount(ada)];
  await bank.call("record_login", { p_actor: ada, p_succeeded: false });
  await bank.call("record_login", { p_actor: ada, p_succeeded: true });
  posted = (await bank.transfer(ada, { from, to, amount: 1 })).body.id;
  declined = (await bank.transfer(ada, { from, to, amount: 1 })).body.transfer_id;
});

async function list(named: Record<string, unknown>) {
  return (
    await bank.call("list_audit_events", {
      p_actor: await bank.admin(),
      p_actor_id: ada.user_id,
      ...named,
    })
  ).body;
}

test("an event has all its members", async () => {
  expect(await list({ p_target_id: declined })).toEqual([
    {
      id: expect.any(String),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      actor_id: ada.user_id,
      actor_role: "customer",
      action: "transfer.create",
      outcome: "failure",
      code: "insufficient_funds",
      target_type: "transfer",
      target_id: declined,
      request_id: "test",
      ip: "192.0.2.1",
      detail: {},
    },
  ]);
});

test("the list is newest first, and each filter works alone and with others", async () => {
  const all = await list({});
  expect(all.map((event: { action: string }) => event.action)).toEqual([
    "transfer.create",
    "transfer.create",
    "login",
    "login",
  ]);
  expect(await list({ p_action: "login" })).toEqual(all.slice(2));
  expect(await list({ p_outcome: "failure" })).toEqual([all[0], all[3]]);
  expect(await list({ p_target_id: posted })).toEqual([all[1]]);
  expect(await list({ p_action: "login", p_outcome: "success" })).toEqual([all[2]]);
  expect(await list({ p_from: all[1].created_at })).toEqual(all.slice(0, 2));
  expect(await list({ p_to: all[1].created_at })).toEqual(all.slice(2));
  expect(await list({ p_from: all[3].created_at, p_to: all[1].created_at })).toEqual(all.slice(2));
});

test("pages hold every event once, though others happen meanwhile", async () => {
  const p_actor = await bank.admin();
  const before = idsOf([await list({})]);
  const pages = await readPages(
    (p_position) =>
      bank.call("list_audit_events", { p_actor, p_actor_id: ada.user_id, p_limit: 1, p_position }),
    () => bank.call("record_access_refusal", { p_actor: ada, p_code: "forbidden" }),
  );
  expect(idsOf(pages)).toEqual(before);
});

test("customers may not list audit events", async () => {
  expect(await refusal(bank.call("list_audit_events", { p_actor: ada }))).toEqual({
    code: "forbidden",
  });
});

test("a search that stops at its bound answers a short page with a next one, and the pages together hold all", async () => {
  const own = await createBank();
  const p_actor = await own.admin();
  await own.call("record_login", { p_actor, p_succeeded: false });
  await own.sql(
    `insert into bank.audit_events (id, created_at, actor_id, action, outcome)
     select bank_internal.new_id(clock_timestamp()), clock_timestamp(), $1, 'transfer.create',
            'success'
       from generate_series(1, 5001)`,
    [p_actor.user_id],
  );
  const named = { p_actor, p_actor_id: p_actor.user_id, p_action: "login" };
  const pages = await readPages((p_position) =>
    own.call("list_audit_events", { ...named, p_position }),
  );
  expect(pages.map((page) => page.length)).toEqual([0, 1]);
});

test("a time that is given finds events whose ids are a little younger or older than they are", async () => {
  const own = await createBank();
  const p_actor = await own.admin();
  await own.sql(
    `insert into bank.audit_events (id, created_at, action, outcome)
     select bank_internal.new_id(at + offset_of * interval '900 milliseconds'), at, 'login',
            'success'
       from generate_series(-1, 1) as offset_of,
            (select '2025-05-05 12:00Z'::timestamptz as at) as moment`,
  );
  const count = async (named: Record<string, unknown>) =>
    (await own.call("list_audit_events", { p_actor, p_action: "login", ...named })).body.length;
  expect(await count({ p_from: "2025-05-05T12:00:00Z" })).toBe(3);
  expect(await count({ p_to: "2025-05-05T12:00:00.000001Z" })).toBe(3);
  expect(await count({ p_from: "2025-05-05T12:00:00.000001Z" })).toBe(0);
  expect(await count({ p_to: "2025-05-05T12:00:00Z" })).toBe(0);
});
