import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

/** How many requests each round sends, in the short form and in the long one. */
const rounds = [
  ["classic", 700, 300],
  ["hot", 700, 300],
  ["mixed", 700, 300],
  ["wide", 700, 300],
  ["keys", 700, 300],
  ["batches", 60, 400],
] as const;
/** Of a hundred writes, how many callers hang up. */
const hang_ups = 2;

export const bank: Check = {
  name: "bank",
  shows: "Everything at once is strictly serializable; money is conserved, limits hold, keys have one effect",
  run: async (context) => {
    const opened = await context.bank();
    const sum = new Sum();
    const wanted = context.size(15_000, 1_000_000);
    while (sum.operations < wanted && context.has_time) {
      for (const [name, short, full] of rounds) {
        if (context.left_ms <= 0) break;
        const requests = context.size(short, full);
        sum.add(await context.round(opened, { profile: profiles[name], requests, hang_ups }));
      }
    }
    return { figures: { ...sum.figures, anomalies: 0 }, trials: sum.operations };
  },
};
