import { expect, test } from "vitest";
import { unusable_password_hash } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";

const createBank = ownBanks();

const customer_id = "01a20000-0000-7000-8000-000000000001";
const from = "01a20000-0000-7000-8000-00000000000a";
const to = "01a20000-0000-7000-8000-00000000000b";
const order = { p_debit_account_id: from, p_credit_account_id: to, p_amount: 1 };

/** Requests with the members that the first release had, in the order in which they are made. */
const requests: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  create_customer: {
    p_name: "Ada",
    p_email: "ada@edgebank.test",
    p_password_hash: unusable_password_hash,
  },
  update_customer: { p_customer_id: customer_id, p_name: "Eve" },
  create_account: { p_customer_id: customer_id, p_currency: "USD", p_name: "Savings" },
  update_account: { p_account_id: from, p_overdraft_limit: 100 },
  credit_account: { p_account_id: from, p_amount: 100 },
  create_transfer: { ...order, p_metadata: { b: 1.5, a: "é" } },
  create_transfers: {
    p_transfers: JSON.stringify([{ debit_account_id: from, credit_account_id: to, amount: 1 }]),
    p_atomic: false,
  },
  create_hold: order,
};

const fingerprints = {
  create_customer: "4ac765c116e6bf6ba067cf8d606a90e83927fca21911ed01a02e30f59187e947",
  update_customer: "a166974bc79ba671ad03332cab6732320156bf1c2f35d5c08c5edb86b19d4612",
  create_account: "bc6e7d75d4a0f7dc8c91c2b57a78c4294225ed97cf2ec545a46d0599465da51a",
  update_account: "ff15829c8f695303d7d25e326617d18d5c18e2913226f08a1a23b05a772fef25",
  credit_account: "366484b46c9cf76e1aa7ef3724ae0467e787a2fc42204cd1cd8687d0fc440ce4",
  create_transfer: "792f5ab33f092cb983ea235023339686210acce0a4f94049aae9d0e03e324c35",
  create_transfers: "f4d641fde3d94d1b0241be5877eefd31d6a022fb9199e1d0ad55daafb57e4d17",
  create_hold: "eafee870a1df8aba5933de1e642615b9525e2a7df184b0fb2b3302042b814de3",
};

test("a request has the fingerprint that it had in the first release, so its key still replays after an upgrade", async () => {
  const bank = await createBank();
  await bank.sql(
    "insert into bank.customers values ($1, 'Bob', 'bob@edgebank.test', 'active', now(), now())",
    [customer_id],
  );
  await bank.sql(
    `insert into bank.accounts (
       id, customer_id, kind, name, currency, balance, version, created_at, updated_at)
     select id, $1, 'customer', 'Checking', 'USD', 0, 0, now(), now()
       from unnest($2::uuid[]) as id`,
    [customer_id, [from, to]],
  );
  const p_actor = await bank.admin();
  for (const [name, named] of Object.entries(requests)) {
    const { code } = await bank.call(name, { p_actor, p_idempotency_key: name, ...named });
    expect([name, code]).toEqual([name, null]);
  }
  const rows = await bank.sql<{ key: string; fingerprint: string }>(
    `select key, encode(request_hash, 'hex') as fingerprint from bank.idempotency_keys
     union all
     select idempotency_key, encode(request_hash, 'hex')
       from bank.transfers where request_hash is not null`,
  );
  expect(Object.fromEntries(rows.map(({ key, fingerprint }) => [key, fingerprint]))).toEqual(
    fingerprints,
  );
});
