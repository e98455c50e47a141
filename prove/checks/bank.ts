import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

/** How many requests each round sends, and how many of a hundred callers hang up. */
const rounds = [
  ["classic", 700],
  ["hot", 700],
  ["mixed", 700],
  ["wide", 700],
  ["keys", 700],
  ["batches", 60],
] as const;

export const bank: Check = {
  name: "bank",
  shows: "Everything at once is strictly serializable; money is conserved, limits hold, keys have one effect",
  run: async (context) => {
    const opened = await context.bank();
    const sum = new Sum();
    const times = context.size(2, 12);
    for (let time = 0; time < times; time += 1) {
      for (const [name, requests] of rounds) {
        if (!context.has_time) break;
        const amount = context.size(requests, requests * (name === "batches" ? 8 : 3));
        sum.add(await context.round(opened, { profile: profiles[name], requests: amount, hang_ups: 2 }));
      }
    }
    return { figures: { ...sum.figures, anomalies: 0 }, trials: sum.operations };
  },
};
