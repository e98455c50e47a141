import { setTimeout as delay } from "node:timers/promises";
import type { ProofBank } from "../bank/proof-bank.ts";
import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

const away_ms = 1_500;

const ways: Readonly<Record<string, (bank: ProofBank) => Promise<void>>> = {
  killed: async ({ redis }) => {
    await redis.kill();
    await delay(away_ms);
    await redis.startAgain();
  },
  frozen: async ({ redis }) => {
    redis.freeze();
    await delay(away_ms);
    redis.thaw();
  },
};

export const redisAway: Check = {
  name: "redis-away",
  shows: "Redis killed and frozen under load: every write is answered, money notices nothing",
  run: async (context) => {
    const bank = await context.bank();
    const sum = new Sum();
    const wanted = context.size(2, 20);
    let outages = 0;
    while (outages < wanted && context.has_time) {
      for (const away of Object.values(ways)) {
        const during = async (): Promise<void> => {
          await delay(500);
          await away(bank);
          await delay(500);
        };
        const options = {
          profile: profiles.mixed,
          requests: 300,
          during,
          cached_reads_may_be_old: true,
        };
        sum.add(await context.round(bank, options));
        outages += 1;
      }
    }
    return { figures: { outages, ...sum.figures, anomalies: 0 }, trials: sum.operations };
  },
};
