import { expect, test } from "vitest";
import { ownBanks, type Bank } from "./bank.ts";

const createBank = ownBanks();

async function createPair(bank: Bank) {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100 }),
    to: await bank.createAccount(ada, { balance: 1 }),
  };
}

/** One night's run in steps of so many entries. At most 100 steps. */
async function verifyNew(bank: Bank, p_limit: number): Promise<{ checked: number; rules: string[] }> {
  let [checked, steps, p_position] = [0, 0, null as string | null];
  const rules: string[] = [];
  do {
    const step = await bank.call("verify_new_entries", { p_position, p_limit });
    checked += step.body.checked.entries;
    rules.push(...step.body.violations.map(({ rule }: { rule: string }) => rule));
    p_position = step.next_position;
    steps += 1;
  } while (p_position !== null && steps < 100);
  expect(steps).toBeLessThan(100);
  return { checked, rules };
}

test.each([1, 2, 100])(
  "in steps of %d each entry is checked once, in the first run after it",
  async (p_limit) => {
    const bank = await createBank();
    const { ada, from, to } = await createPair(bank);
    for (let count = 0; count < 4; count += 1) await bank.transfer(ada, { from, to, amount: 1 });
    expect(await verifyNew(bank, p_limit)).toEqual({ checked: 10, rules: [] });
    expect(await verifyNew(bank, p_limit)).toEqual({ checked: 0, rules: [] });
    await bank.transfer(ada, { from, to, amount: 1 });
    expect(await verifyNew(bank, p_limit)).toEqual({ checked: 2, rules: [] });
  },
);

test.each([1, 100])(
  "in steps of %d a break is reported by every run, and stops no other account",
  async (p_limit) => {
    const bank = await createBank();
    const { ada, from, to } = await createPair(bank);
    await verifyNew(bank, 100);
    await bank.transfer(ada, { from, to, amount: 1 });
    const session = await bank.session("superuser");
    await session.query("set session_replication_role = replica");
    await session.query(
      "update bank.entries set hash = sha256(hash) where account_id = $1 and account_version = 2",
      [from],
    );
    for (let run = 0; run < 2; run += 1)
      expect((await verifyNew(bank, p_limit)).rules).toEqual(["entry_chain"]);
    const verified = await bank.sql(
      "select account_id, version::int from bank.verified_accounts order by version",
    );
    expect(verified).toEqual([
      { account_id: from, version: 1 },
      { account_id: to, version: 2 },
    ]);
  },
);

test("what was verified stands fast: a head rewritten together with its history is found", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  await bank.transfer(ada, { from, to, amount: 1 });
  await verifyNew(bank, 100);
  const session = await bank.session("superuser");
  await session.query("set session_replication_role = replica");
  await session.query(
    "delete from bank.entries where transfer_id = (select max(id::text)::uuid from bank.transfers)",
  );
  await session.query(
    "delete from bank.transfers where id = (select max(id::text)::uuid from bank.transfers)",
  );
  await session.query(
    `update bank.accounts set balance = newest.balance_after, version = newest.account_version, head_hash = newest.hash, last_entry_at = newest.created_at
       from bank.entries as newest where newest.account_id = accounts.id and newest.account_version = 1 and accounts.kind = 'customer'`,
  );
  // The rewritten ledger agrees with itself: only the point kept outside the accounts can tell.
  const found = await bank.verify();
  expect(found.map(({ rule, id }) => [rule, id]).sort()).toEqual(
    [from, to].map((id) => ["account_verified_hash", id]).sort(),
  );
  await bank.transfer(ada, { from, to, amount: 2 });
  await bank.transfer(ada, { from, to, amount: 2 });
  expect((await verifyNew(bank, 100)).rules).toContain("entry_chain");
});
