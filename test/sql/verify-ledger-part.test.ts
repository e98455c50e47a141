import { expect, test } from "vitest";
import { ownBanks } from "../harness/own-banks.ts";
import { refusal } from "./refusals.ts";
import { verifyInParts } from "./verification.ts";

const createBank = ownBanks();

test("parts of any size check every row once, and find a healthy ledger healthy", async () => {
  const bank = await createBank();
  const ada = await bank.createCustomer();
  const [a, b, c] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
    await bank.createAccount(ada),
  ];
  for (const [from, to] of [
    [a, b],
    [a, c],
    [b, c],
    [c, a],
    [a, b],
  ] as const)
    await bank.transfer(ada, { from, to, amount: 1 });
  const whole = await verifyInParts(bank);
  expect(whole).toMatchObject({
    checked: { entries: 11, accounts: 4, transfers: 6, holds: 0 },
    violations: [],
  });
  for (const p_limit of [1, 2, 3, 5, 11]) {
    const { checked, violations, parts } = await verifyInParts(bank, undefined, { p_limit });
    expect({ checked, violations }).toEqual({ checked: whole.checked, violations: [] });
    expect(parts).toBeGreaterThanOrEqual(whole.parts);
  }
});

test("an empty ledger has no violation", async () => {
  expect((await verifyInParts(await createBank())).violations).toEqual([]);
});

test("customers may not verify the ledger", async () => {
  const bank = await createBank();
  const call = bank.call("verify_ledger_part", { p_actor: await bank.createCustomer() });
  expect(await refusal(call)).toEqual({ code: "forbidden" });
});
