import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "pg";
import type { Bank, CustomerActor } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { captureHold } from "./holds.ts";
import { createTransfers, readAccount, reverseTransfer } from "./operations.ts";
import { nameOf, tamper, verifyInParts, verifyNew, verifyWhole } from "./verification.ts";

const createBank = ownBanks();
let bank: Bank;
let session: Client;
let ada: CustomerActor;
/** What the statements below call by name. */
let rows: Record<string, string>;

/** A ledger with every kind of row of issue 4: holds, a capture, reversals, a batch. */
beforeAll(async () => {
  bank = await createBank();
  ada = await bank.createCustomer();
  const [one, other] = [
    await bank.createAccount(ada, { balance: 1000, overdraft_limit: 50 }),
    await bank.createAccount(ada, { balance: 500 }),
  ];
  const { body: hold } = await bank.createHold(ada, { from: one, to: other, amount: 60 });
  const { body: capture } = await captureHold(bank, ada, hold.id, { amount: 40 });
  await bank.createHold(ada, { from: one, to: other, amount: 5 });
  const { body: moved } = await bank.transfer(ada, { from: one, to: other, amount: 100 });
  const { body: reversal } = await reverseTransfer(bank, moved.id, { p_amount: 70 });
  const { body: reversal_of_rest } = await reverseTransfer(bank, moved.id);
  const orders = [1, 2, 3].map((amount) => ({ from: one, to: other, amount }));
  const { body: batch } = await createTransfers(bank, ada, orders);
  rows = {
    one,
    other,
    hold: hold.id,
    capture: capture.id,
    moved: moved.id,
    reversal: reversal.id,
    reversal_of_rest: reversal_of_rest.id,
    batched: batch.outcomes[2].transfer.id,
  };
  expect((await verifyNew(bank)).violations).toEqual([]);
  // What no incremental run has seen yet: versions 9 and 10 of both.
  for (const [name, amount] of [
    ["next_to_last", 20],
    ["last", 30],
  ] as const)
    rows[name] = (await bank.transfer(ada, { from: one, to: other, amount })).body.id;
  session = await bank.session("superuser");
});

/** Goes past every trigger, asks, and undoes it all. */
async function tampered<Result>(statements: string, ask: () => Promise<Result>): Promise<Result> {
  await session.query("begin; set local session_replication_role = replica");
  try {
    await tamper(session, statements, rows);
    return await ask();
  } finally {
    await session.query("rollback");
  }
}

/** One kind of tampering a row, and the rule and the row that must be named. */
const tamperings: readonly (readonly [what: string, statements: string, rule: string, row: string])[] = [
  [
    "the amount of a capture's transfer and its hold apart",
    "update bank.holds set captured_amount = 41 where id = :hold",
    "hold_matches",
    "hold",
  ],
  [
    "a captured hold pointed at another transfer",
    "update bank.holds set transfer_id = :moved where id = :hold",
    "hold_matches",
    "hold",
  ],
  [
    "a captured hold pointed at another transfer, missed by its capture",
    "update bank.holds set transfer_id = :moved where id = :hold",
    "capture_matches",
    "capture",
  ],
  [
    "a captured hold made active again",
    "update bank.holds set status = 'active', transfer_id = null, captured_amount = 0 where id = :hold",
    "account_held",
    "one",
  ],
  ["a captured hold deleted", "delete from bank.holds where id = :hold", "capture_matches", "capture"],
  [
    "a captured hold made a released one",
    "update bank.holds set status = 'released', transfer_id = null, captured_amount = 0 where id = :hold",
    "capture_matches",
    "capture",
  ],
  [
    "a released hold that keeps its transfer",
    "update bank.holds set status = 'released' where id = :hold",
    "hold_shape",
    "hold",
  ],
  [
    "the payee of a captured hold",
    "update bank.holds set credit_account_id = :one where id = :hold",
    "hold_matches",
    "hold",
  ],
  [
    "a transfer made a second capture",
    "update bank.transfers set kind = 'capture', hold_id = :hold where id = :moved",
    "capture_matches",
    "moved",
  ],
  [
    "the original of a reversal made smaller",
    "update bank.transfers set amount = 99 where id = :moved",
    "reversal_sum",
    "moved",
  ],
  [
    "the original of a reversal declined",
    "update bank.transfers set status = 'declined', code = 'insufficient_funds' where id = :moved",
    "reversal_matches",
    "reversal",
  ],
  [
    "a reversal of another transfer",
    "update bank.transfers set reverses_transfer_id = :last where id = :reversal",
    "reversal_sum",
    "last",
  ],
  [
    "a reversal of a transfer that is not there",
    "update bank.transfers set reverses_transfer_id = :hold where id = :reversal",
    "reversal_matches",
    "reversal",
  ],
  [
    "a reversal of a reversal",
    "update bank.transfers set reverses_transfer_id = :reversal_of_rest where id = :reversal",
    "reversal_matches",
    "reversal",
  ],
  [
    "a plain transfer made a reversal the same way",
    "update bank.transfers set kind = 'reversal', reverses_transfer_id = :next_to_last where id = :last",
    "reversal_matches",
    "last",
  ],
  [
    "a reversal made a plain transfer",
    "update bank.transfers set kind = 'transfer' where id = :reversal",
    "transfer_kind",
    "reversal",
  ],
  [
    "the key of a batch deleted",
    "delete from bank.idempotency_keys where operation = 'batch'",
    "idempotency_claim",
    "batched",
  ],
  ["the last transfer deleted", "delete from bank.transfers where id = :last", "account_version", "one"],
  [
    "two transfers in each other's place",
    "update bank.transfers set debit_version = debit_version + 100 where id in (:last, :next_to_last); update bank.transfers set debit_version = 10 where id = :next_to_last; update bank.transfers set debit_version = 9 where id = :last",
    "entry_hash",
    "last",
  ],
  [
    "money moved between two transfers of one account",
    "update bank.transfers set amount = amount + case id when :last then 1 else -1 end where id in (:last, :next_to_last)",
    "entry_hash",
    "last",
  ],
  [
    "all credits, in two accounts' balances",
    "update bank.transfers set amount = amount - 1 where kind = 'credit'",
    "currency_sum",
    "no row",
  ],
];

describe("a change behind the functions' back is named the same by the whole and by its parts:", () => {
  test.each([...tamperings])("%s", async (_what, statements, rule, row) => {
    await tampered(statements, async () => {
      const whole = await verifyWhole(session);
      const found = whole.filter((violation) => violation.rule === rule).map(({ id }) => id);
      expect(found).toContain(rows[row] ?? null);
      // A sum over all accounts belongs to one moment: only the whole run has one.
      const names = whole
        .filter((violation) => violation.rule !== "currency_sum")
        .map(nameOf)
        .sort();
      for (const p_limit of [1, 7, 1_000_000]) {
        const { violations } = await verifyInParts(bank, session, { p_limit });
        expect(violations.map(nameOf).sort(), String(p_limit)).toEqual(names);
      }
    });
  });
});

test("untouched, whole, parts and the incremental run find nothing", async () => {
  await tampered("update bank.accounts set name = name", async () => {
    expect(await verifyWhole(session)).toEqual([]);
    for (const p_limit of [1, 2, 3, 1000])
      expect((await verifyInParts(bank, session, { p_limit })).violations).toEqual([]);
    expect((await verifyNew(bank, 100, session)).violations).toEqual([]);
  });
});

/** Makes what version `version` left on both accounts follow from the entry before, as the functions would have. */
const rehash = (version: number): string =>
  ["debit", "credit"]
    .map(
      (side) => `update bank.transfers
     set ${side}_balance = entry.balance, ${side}_hash = bank_internal.entry_hash(
           entry.before_hash, entry.account_id, entry.counterparty_account_id, entry.account_version, entry.amount, entry.balance, entry.id, entry.created_at)
    from (select later.*, before.balance_after + later.amount as balance, before.hash as before_hash
            from bank.entries as later join bank.entries as before
              on before.account_id = later.account_id and before.account_version = later.account_version - 1
           where later.account_version = ${String(version)}) as entry
   where transfers.id = entry.id and ${side}_account_id = entry.account_id`,
    )
    .join(";");
const rechain = [9, 10].map(rehash).join(";");

const standAnew = `update bank.accounts set balance = newest.balance_after, head_hash = newest.hash
    from bank.entries as newest where newest.account_id = accounts.id and newest.account_version = accounts.version and accounts.kind = 'customer'`;

/** Tampering with what no incremental run has seen yet. */
const new_tamperings: readonly (readonly [what: string, statements: string])[] = [
  ["an amount", "update bank.transfers set amount = amount + 1 where id = :last"],
  [
    "a balance that was left",
    "update bank.transfers set debit_balance = debit_balance + 1 where id = :next_to_last",
  ],
  ["a hash", "update bank.transfers set debit_hash = sha256(debit_hash) where id = :next_to_last"],
  ["the newest hash", "update bank.transfers set debit_hash = sha256(debit_hash) where id = :last"],
  ["a time", "update bank.transfers set created_at = created_at - interval '1 microsecond' where id = :last"],
  ["a transfer deleted", "delete from bank.transfers where id = :next_to_last"],
  ["the newest transfer deleted", "delete from bank.transfers where id = :last"],
  ["all new transfers deleted", "delete from bank.transfers where id in (:last, :next_to_last)"],
  [
    "two transfers in each other's place",
    "update bank.transfers set debit_version = debit_version + 100 where id in (:last, :next_to_last); update bank.transfers set debit_version = 10 where id = :next_to_last; update bank.transfers set debit_version = 9 where id = :last",
  ],
  [
    "the leg of one side taken away",
    "update bank.transfers set credit_version = null, credit_balance = null, credit_hash = null where id = :last",
  ],
  ["the currency", "update bank.transfers set currency = 'EUR' where id = :last"],
  ["the kind", "update bank.transfers set kind = 'credit' where id = :last"],
  ["the key, of a batch that is none", "update bank.transfers set request_hash = null where id = :last"],
  [
    "amounts, balances and hashes rewritten, but not the accounts",
    `update bank.transfers set amount = amount * 2 where id = :next_to_last; ${rechain}`,
  ],
  ["the balance of an account", "update bank.accounts set balance = balance + 1 where id = :one"],
  ["the newest hash of an account", "update bank.accounts set head_hash = sha256(head_hash) where id = :one"],
];

describe("tampering with new entries is found by the incremental run, and by every one after it:", () => {
  test.each([...new_tamperings])("%s", async (_what, statements) => {
    for (const p_limit of [1, 100]) {
      await tampered(statements, async () => {
        const first = (await verifyNew(bank, p_limit, session)).violations.map(nameOf).sort();
        expect(first).not.toEqual([]);
        expect((await verifyNew(bank, p_limit, session)).violations.map(nameOf).sort()).toEqual(first);
        expect(await verifyWhole(session)).not.toEqual([]);
      });
    }
  });
});

test.each([1, 2, 100])(
  "in steps of %d, an account without its new entries hides no other one's",
  async (p_limit) => {
    await tampered("delete from bank.transfers where id in (:last, :next_to_last)", async () => {
      const { violations } = await verifyNew(bank, p_limit, session);
      const names = ["account_balance", "account_head_hash", "account_version"].flatMap((rule) =>
        ["one", "other"].map((name) => `${rule} of account ${rows[name] ?? ""}`),
      );
      expect(violations.map(nameOf).sort()).toEqual(names.sort());
    });
  },
);

describe("a tail rewritten by the owner, transfers and accounts, all agreeing with each other", () => {
  /** Above the point verified last: versions 9 and 10 double what they moved. */
  const rewriteNews = `update bank.transfers set amount = amount * 2 where id in (:last, :next_to_last); ${rechain}; ${standAnew}`;
  /** Below it: version 8, the last of the batch, moves 4 more. */
  const rewriteOld = `update bank.transfers set amount = amount + 4 where id = :batched;
    ${[8, 9, 10].map(rehash).join(";")}; ${standAnew}`;

  let kept_heads: string[];
  beforeEach(async () => {
    kept_heads = await Promise.all(
      ["one", "other"].map(async (name) => (await readAccount(bank, rows[name] ?? "")).head_hash as string),
    );
  });
  const headsNow = async () =>
    Promise.all(
      ["one", "other"].map(
        async (name) =>
          (
            await session.query("select encode(head_hash, 'hex') as head from bank.accounts where id = $1", [
              rows[name],
            ])
          ).rows[0].head as string,
      ),
    );

  test("above the point verified last is found by nothing inside, only by a head hash kept outside", async () => {
    await tampered(rewriteNews, async () => {
      expect(await verifyWhole(session)).toEqual([]);
      expect((await verifyInParts(bank, session)).violations).toEqual([]);
      expect((await verifyNew(bank, 100, session)).violations).toEqual([]);
      for (const [index, head] of (await headsNow()).entries()) expect(head).not.toBe(kept_heads[index]);
    });
  });

  test("below that point is found by it, by the whole run and by the incremental one", async () => {
    await tampered(rewriteOld, async () => {
      const whole = await verifyWhole(session);
      expect(whole.map(nameOf).sort()).toEqual(
        ["one", "other"].map((name) => `account_verified_hash of account ${rows[name] ?? ""}`).sort(),
      );
      expect((await verifyNew(bank, 100, session)).violations).not.toEqual([]);
      for (const [index, head] of (await headsNow()).entries()) expect(head).not.toBe(kept_heads[index]);
    });
  });

  test("below it, with the point rewritten too, is found by nothing inside: it lies in the same database", async () => {
    const rewritePoint = `update bank.verified_accounts as verified set head_hash = entry.hash, balance = entry.balance_after
      from bank.entries as entry where entry.account_id = verified.account_id and entry.account_version = verified.version`;
    await tampered(`${rewriteOld}; ${rewritePoint}`, async () => {
      expect(await verifyWhole(session)).toEqual([]);
      expect((await verifyNew(bank, 100, session)).violations).toEqual([]);
      for (const [index, head] of (await headsNow()).entries()) expect(head).not.toBe(kept_heads[index]);
    });
  });
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
