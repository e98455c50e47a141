import type { ProofBank } from "../bank/proof-bank.ts";
import { Sum, type Check, type CheckContext } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

/** How many requests each round sends, in the short form and in the long one. */
const single = [
  ["classic", 700, 300],
  ["hot", 700, 300],
  ["mixed", 700, 300],
  ["wide", 700, 300],
  ["keys", 700, 300],
] as const;
const batches = ["batches", 60, 800] as const;
/** Of a hundred writes, how many callers hang up. */
const hang_ups = 2;

export const bank: Check = {
  name: "bank",
  shows:
    "Everything at once is strictly serializable; money is conserved, " +
    "limits hold, keys have one effect",
  run: async (context) => {
    const opened = await context.bank();
    const sum = new Sum();
    const wanted = context.size(15_000, 1_000_000);
    while (sum.operations < wanted && context.has_time) {
      // Two worlds side by side, because a batch leaves the Worker time while it is posted.
      await Promise.all([
        runRounds(context, opened, sum, [batches]),
        runRounds(context, opened, sum, single),
      ]);
    }
    return { figures: { ...sum.figures, anomalies: 0 }, trials: sum.operations };
  },
};

async function runRounds(
  context: CheckContext,
  opened: ProofBank,
  sum: Sum,
  rounds: readonly (typeof batches | (typeof single)[number])[],
): Promise<void> {
  for (const [name, short, full] of rounds) {
    if (!context.has_time) return;
    const requests = context.size(short, full);
    sum.add(await context.round(opened, { profile: profiles[name], requests, hang_ups }));
  }
}
