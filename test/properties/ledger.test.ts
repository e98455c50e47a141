import fc from "fast-check";
import { expect, test } from "vitest";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { Comparison } from "./comparison.ts";
import { commands } from "./commands.ts";

const createBank = ownBanks();
const runs = Number(process.env["PROPERTY_RUNS"] ?? 60);
const seed = process.env["PROPERTY_SEED"];
/** A bank is left when the verification of what earlier runs made would take longer than a run. */
const runs_of_a_bank = 50;

test(
  "whatever happens in whatever order, the bank answers as the model does, and its ledger verifies",
  { timeout: 40_000 + runs * 300 },
  async () => {
    expect(runs).toBeGreaterThan(0);
    let [bank, count] = [undefined as Bank | undefined, 0];
    const property = fc.asyncProperty(commands, async (sequence) => {
      if (bank === undefined || count % runs_of_a_bank === 0) bank = await createBank();
      count += 1;
      const comparison = await Comparison.begin(bank);
      for (const command of sequence) {
        await comparison.take(command);
        await comparison.compare();
      }
      await comparison.finish();
    });
    // A failure is reported with its seed: PROPERTY_SEED=… runs the same again.
    const options = {
      numRuns: runs,
      interruptAfterTimeLimit: 20_000 + runs * 300,
      markInterruptAsFailure: true,
    };
    await fc.assert(property, seed === undefined ? options : { ...options, seed: Number(seed) });
  },
);
