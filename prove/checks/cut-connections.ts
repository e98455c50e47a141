import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

/** Of a thousand statements. Most are cut between the commit and the answer. */
const cuts = { request: 60, statement: 15, answer: 350 };
const none = { request: 0, statement: 0, answer: 0 };
const requests_per_round = 1_500;
/** Mostly writes, for a read leaves no doubt. */
const weights = { ...profiles.wide.weights, read_accounts: 2, read_account: 3 };
const profile = { ...profiles.wide, weights };

export const cutConnections: Check = {
  name: "cut-connections",
  shows:
    "Connections cut before, in and after a statement, callers that hang up: the key resolves every doubt",
  run: async (context) => {
    const bank = await context.bank();
    const sum = new Sum();
    const wanted = context.size(800, 50_000);
    try {
      while (sum.ambiguous < wanted && context.has_time) {
        sum.add(
          await context.round(bank, {
            profile,
            requests: requests_per_round,
            hang_ups: 8,
            during: async () => bank.proxy.set(cuts),
            beforeResolving: () => bank.proxy.set(none),
          }),
        );
      }
    } finally {
      bank.proxy.set(none);
    }
    const { request, statement, answer } = bank.proxy.counts;
    return {
      figures: {
        ...sum.figures,
        "cut on the way there": request,
        "in the statement": statement,
        "after the commit": answer,
        unresolved: 0,
      },
      trials: sum.ambiguous,
    };
  },
};
