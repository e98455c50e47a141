import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "pg";
import type { Bank, CustomerActor } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { captureHold } from "./holds.ts";
import { createTransfers, readAccount, reverseTransfer } from "./operations.ts";
import {
  new_tamperings,
  rewriteNews,
  rewriteOld,
  rewritePoint,
  tamperings,
} from "./tampering-statements.ts";
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

describe("tampering with new entries is found by the incremental run, and by every one after it:", () => {
  test.each([...new_tamperings])("%s", async (_what, statements) => {
    for (const p_limit of [1, 100]) {
      await tampered(statements, async () => {
        const first = (await verifyNew(bank, p_limit, session)).violations.map(nameOf).sort();
        expect(first).not.toEqual([]);
        expect((await verifyNew(bank, p_limit, session)).violations.map(nameOf).sort()).toEqual(
          first,
        );
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
  let kept_heads: string[];
  beforeEach(async () => {
    kept_heads = await Promise.all(
      ["one", "other"].map(
        async (name) => (await readAccount(bank, rows[name] ?? "")).head_hash as string,
      ),
    );
  });
  const headsNow = async () =>
    Promise.all(
      ["one", "other"].map(
        async (name) =>
          (
            await session.query(
              "select encode(head_hash, 'hex') as head from bank.accounts where id = $1",
              [rows[name]],
            )
          ).rows[0].head as string,
      ),
    );

  test("above the point verified last is found by nothing inside, only by a head hash kept outside", async () => {
    await tampered(rewriteNews, async () => {
      expect(await verifyWhole(session)).toEqual([]);
      expect((await verifyInParts(bank, session)).violations).toEqual([]);
      expect((await verifyNew(bank, 100, session)).violations).toEqual([]);
      for (const [index, head] of (await headsNow()).entries())
        expect(head).not.toBe(kept_heads[index]);
    });
  });

  test("below that point is found by it, by the whole run and by the incremental one", async () => {
    await tampered(rewriteOld, async () => {
      const whole = await verifyWhole(session);
      expect(whole.map(nameOf).sort()).toEqual(
        ["one", "other"]
          .map((name) => `account_verified_hash of account ${rows[name] ?? ""}`)
          .sort(),
      );
      expect((await verifyNew(bank, 100, session)).violations).not.toEqual([]);
      for (const [index, head] of (await headsNow()).entries())
        expect(head).not.toBe(kept_heads[index]);
    });
  });

  test("below it, with the point rewritten too, is found by nothing inside: it lies in the same database", async () => {
    await tampered(`${rewriteOld}; ${rewritePoint}`, async () => {
      expect(await verifyWhole(session)).toEqual([]);
      expect((await verifyNew(bank, 100, session)).violations).toEqual([]);
      for (const [index, head] of (await headsNow()).entries())
        expect(head).not.toBe(kept_heads[index]);
    });
  });
});
