import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

/** Of a thousand statements. Most are cut between the commit and the answer. */
const cuts = { request: 60, statement: 40, answer: 700 };
const none = { request: 0, statement: 0, answer: 0 };
/** Mostly writes, because a read leaves no doubt. */
const weights = {
  ...profiles.wide.weights,
  read_accounts: 2,
  read_account: 2,
  read_statement: 2,
  read_balance: 2,
};
const profile = { ...profiles.wide, batch_size_max: 40, weights, clients: 48 };

export const cutConnections: Check = {
  name: "cut-connections",
  shows:
    "Connections cut before, in and after a statement, callers that hang " +
    "up: the key resolves every doubt",
  run: async (context) => {
    const bank = await context.bank();
    const sum = new Sum();
    const wanted = context.size(1_500, 50_000);
    const requests = context.size(1_000, 4_000);
    try {
      while (sum.ambiguous_outcomes < wanted && context.has_time) {
        sum.add(
          await context.round(bank, {
            profile,
            requests,
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
        "ambiguous outcomes, each item of a batch by itself": sum.ambiguous_outcomes,
        "cut on the way there": request,
        "in the statement": statement,
        "after the commit": answer,
        unresolved: 0,
      },
      trials: sum.ambiguous,
    };
  },
};
