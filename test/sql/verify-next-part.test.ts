import { expect, test } from "vitest";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { verifyInParts } from "./verification.ts";

const createBank = ownBanks();

async function createLedger() {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  for (const amount of [1, 2, 3]) await bank.transfer(ada, { from, to, amount });
  return { bank, ada, from, to };
}

async function readJob(bank: Bank) {
  const [job] = await bank.sql("select * from bank.jobs where name = 'verify_ledger'");
  return job;
}

/** Parts up to the end of a round, 100 at the most. */
async function verifyRound(bank: Bank, p_limit: number) {
  for (let parts = 1; parts <= 100; parts += 1)
    if ((await bank.call("verify_next_part", { p_limit })).next_position === null) return parts;
  throw new Error("the round does not come to an end");
}

test.each([1, 2, 20_000])(
  "in parts of %d a round checks every row once, and then begins anew",
  async (p_limit) => {
    const { bank, from, to, ada } = await createLedger();
    const { checked, parts } = await verifyInParts(bank, undefined, { p_limit });
    expect(await verifyRound(bank, p_limit)).toBe(parts);
    const first = await readJob(bank);
    expect(first).toMatchObject({ position: null, facts: { checked, violations: 0 } });
    expect(first?.["succeeded_at"]).not.toBeNull();
    await bank.transfer(ada, { from, to, amount: 4 });
    await verifyRound(bank, p_limit);
    const second = await readJob(bank);
    expect(second?.["facts"].checked).toMatchObject({ transfers: 5, entries: 9 });
    expect(second?.["facts"].started_at > first?.["facts"].started_at).toBe(true);
    expect(second?.["succeeded_at"] > first?.["succeeded_at"]).toBe(true);
  },
);

test("a round that was interrupted goes on where it was", async () => {
  const { bank } = await createLedger();
  const { next_position } = await bank.call("verify_next_part", { p_limit: 1 });
  expect(await readJob(bank)).toMatchObject({ position: next_position, succeeded_at: null });
  const session = await bank.session();
  await session.query("begin");
  await session.query("select bank.verify_next_part(1)");
  await session.query("rollback");
  expect(await readJob(bank)).toMatchObject({ position: next_position });
  const answer = await bank.call("verify_next_part", { p_limit: 1 });
  expect(answer.next_position).not.toBe(next_position);
});

test("a round with a violation counts it and does not succeed; the next one may", async () => {
  const { bank, to } = await createLedger();
  const hold = async (change: string) =>
    bank.sql(`update bank.accounts set held = held ${change} where id = $1`, [to]);
  await hold("+ 1");
  await verifyRound(bank, 2);
  expect(await readJob(bank)).toMatchObject({
    position: null,
    facts: { violations: 1 },
    succeeded_at: null,
  });
  await hold("- 1");
  await verifyRound(bank, 2);
  const mended = await readJob(bank);
  expect(mended).toMatchObject({ position: null, facts: { violations: 0 } });
  expect(mended?.["succeeded_at"]).not.toBeNull();
});

test("two calls at once take two parts, one after the other", async () => {
  const { bank } = await createLedger();
  await bank.call("verify_next_part", { p_limit: 1 });
  const [first, second] = [await bank.session(), await bank.session()];
  await first.query("begin");
  const one = await bank.call("verify_next_part", { p_limit: 1 }, first);
  const waiting = bank.call("verify_next_part", { p_limit: 1 }, second);
  await bank.untilBlocked(second, waiting);
  await first.query("commit");
  const other = await waiting;
  expect(other.next_position).not.toBe(one.next_position);
  expect((await readJob(bank))?.["position"]).toBe(other.next_position);
});

test("a version that no entry has reached does not lead on for ever", async () => {
  const { bank, to } = await createLedger();
  await bank.sql("update bank.accounts set version = 9223372036854775807 where id = $1", [to]);
  expect(await verifyRound(bank, 1)).toBeLessThan(30);
  expect((await readJob(bank))?.["facts"].violations).toBe(1);
  expect((await bank.verify()).map(({ rule }) => rule)).toEqual(["account_version"]);
});
