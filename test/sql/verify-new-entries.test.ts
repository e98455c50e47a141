import { describe, expect, test } from "vitest";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { createTransfers } from "./operations.ts";
import { nameOf, tamper, verifyNew } from "./verification.ts";

const createBank = ownBanks();

async function createPair(bank: Bank) {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100 }),
    to: await bank.createAccount(ada, { balance: 1 }),
  };
}

test.each([1, 2, 100])(
  "in steps of %d each entry is checked once, in the first run after it",
  async (p_limit) => {
    const bank = await createBank();
    const { ada, from, to } = await createPair(bank);
    const checkNew = async () => {
      const { checked, violations } = await verifyNew(bank, p_limit);
      return { entries: checked["entries"], violations };
    };
    for (let count = 0; count < 4; count += 1) await bank.transfer(ada, { from, to, amount: 1 });
    expect(await checkNew()).toEqual({ entries: 10, violations: [] });
    expect(await checkNew()).toEqual({ entries: 0, violations: [] });
    await bank.transfer(ada, { from, to, amount: 1 });
    expect(await checkNew()).toEqual({ entries: 2, violations: [] });
  },
);

test("an account that stands as it was verified is not checked again, nor one that cannot change", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  await bank.createAccount(ada);
  const accounts = async () => (await verifyNew(bank)).checked["accounts"];
  // The settlement account has no point, so it is always checked.
  expect([await accounts(), await accounts()]).toEqual([4, 1]);
  await bank.createHold(ada, { from, to, amount: 5 });
  expect([await accounts(), await accounts()]).toEqual([2, 1]);
});

test.each([1, 100])(
  "in steps of %d a break is reported by every run, and stops no other account",
  async (p_limit) => {
    const bank = await createBank();
    const { ada, from, to } = await createPair(bank);
    await verifyNew(bank);
    for (let count = 0; count < 4; count += 1) await bank.transfer(ada, { from, to, amount: 1 });
    const session = await bank.session("superuser");
    await session.query("set session_replication_role = replica");
    await session.query(
      "update bank.transfers set debit_hash = sha256(debit_hash) " +
        "where debit_account_id = $1 and debit_version = 3",
      [from],
    );
    for (let run = 0; run < 2; run += 1)
      expect((await verifyNew(bank, p_limit)).violations.map(({ rule }) => rule)).toEqual([
        "entry_hash",
        "entry_hash",
      ]);
    const verified = await bank.sql(
      "select account_id, version::int from bank.verified_accounts order by version",
    );
    // In small steps the point moves on up to the break, and not beyond it to what follows.
    expect(verified).toEqual([
      { account_id: from, version: p_limit === 1 ? 2 : 1 },
      { account_id: to, version: 5 },
    ]);
  },
);

describe("what stands otherwise than it was verified is found, although nothing was posted:", () => {
  const changes: readonly (readonly [
    what: string,
    statements: string,
    names: readonly string[],
  ])[] = [
    [
      "a balance raised",
      "update bank.accounts set balance = balance + 5000000 where id = :to",
      ["account_balance of account :to"],
    ],
    [
      "a balance lowered",
      "update bank.accounts set balance = balance - 1 where id = :to",
      ["account_balance of account :to"],
    ],
    [
      "money held",
      "update bank.accounts set held = held + 1 where id = :to",
      ["account_held of account :to"],
    ],
    [
      "a hash",
      "update bank.accounts set head_hash = sha256(head_hash) where id = :to",
      ["account_head_hash of account :to"],
    ],
    [
      "a version taken back",
      "update bank.accounts set version = version - 1 where id = :to",
      ["account_version of account :to"],
    ],
    [
      "the newest transfer deleted, and both accounts set back",
      `delete from bank.transfers where id = :last;
       update bank.accounts
          set balance = newest.balance_after, version = newest.account_version,
              head_hash = newest.hash
         from bank.entries as newest
        where newest.account_id = accounts.id and newest.account_version = 1
          and accounts.kind = 'customer'`,
      ["account_verified_hash of account :from", "account_verified_hash of account :to"],
    ],
    [
      "all of an account's history deleted, and the account emptied",
      `delete from bank.transfers where :to in (debit_account_id, credit_account_id);
       update bank.accounts set balance = 0, version = 0, head_hash = null where id = :to;
       update bank.accounts
          set balance = 100, version = 1,
              head_hash = (
                select credit_hash from bank.transfers where credit_account_id = :from)
        where id = :from`,
      ["account_verified_hash of account :from", "account_verified_hash of account :to"],
    ],
  ];

  test.each([...changes])("%s", async (_what, statements, names) => {
    const bank = await createBank();
    const { ada, from, to } = await createPair(bank);
    const { body: last } = await bank.transfer(ada, { from, to, amount: 1 });
    expect((await verifyNew(bank)).violations).toEqual([]);
    const session = await bank.session("superuser");
    await session.query("set session_replication_role = replica");
    await tamper(session, statements, { from, to, last: last.id });
    const expected = names.map((name) => name.replace(":from", from).replace(":to", to)).sort();
    for (const p_limit of [1, 100, 100])
      expect((await verifyNew(bank, p_limit)).violations.map(nameOf).sort()).toEqual(expected);
  });
});

test("what was verified stands fast: accounts set back and filled up again are found", async () => {
  const bank = await createBank();
  const { ada, from, to } = await createPair(bank);
  const { body: last } = await bank.transfer(ada, { from, to, amount: 1 });
  await verifyNew(bank);
  const session = await bank.session("superuser");
  await session.query("set session_replication_role = replica");
  await tamper(
    session,
    `delete from bank.transfers where id = :last;
     update bank.accounts
        set balance = newest.balance_after, version = newest.account_version,
            head_hash = newest.hash
       from bank.entries as newest
      where newest.account_id = accounts.id and newest.account_version = 1
        and accounts.kind = 'customer'`,
    { last: last.id },
  );
  const by_point = [from, to].map((id) => `account_verified_hash of account ${id}`).sort();
  // The rewritten ledger agrees with itself: only the point kept outside the accounts can tell.
  expect((await bank.verify()).map(nameOf).sort()).toEqual(by_point);
  for (const amount of [1, 2]) {
    await bank.transfer(ada, { from, to, amount });
    expect((await bank.verify()).map(nameOf).sort()).toEqual(by_point);
    expect((await verifyNew(bank)).violations.map(nameOf).sort()).toEqual(by_point);
  }
});

test.each([1, 2, 5])(
  "an account with more new entries than a step of %d takes is verified to its end",
  async (p_limit) => {
    const own = await createBank();
    const customer = await own.createCustomer();
    const [busy, calm] = [
      await own.createAccount(customer, { balance: 50 }),
      await own.createAccount(customer),
    ];
    await createTransfers(
      own,
      customer,
      Array.from({ length: 12 }, () => ({ from: busy, to: calm, amount: 1 })),
    );
    let [checked, steps, p_position] = [0, 0, null as string | null];
    do {
      const step = await own.call("verify_new_entries", { p_position, p_limit });
      expect(step.body.violations).toEqual([]);
      expect(step.body.checked.entries).toBeLessThanOrEqual(p_limit);
      checked += step.body.checked.entries;
      p_position = step.next_position;
      steps += 1;
    } while (p_position !== null && steps < 100);
    expect(checked).toBe(25);
    const points = await own.sql("select account_id, version::int from bank.verified_accounts");
    expect(points).toHaveLength(2);
    expect(points).toEqual(
      expect.arrayContaining([
        { account_id: busy, version: 13 },
        { account_id: calm, version: 12 },
      ]),
    );
  },
);
