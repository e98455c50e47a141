import { expect, test } from "vitest";
import { jobs } from "../../src/scheduled.ts";
import { ownBanks } from "../harness/own-banks.ts";

const createBank = ownBanks();
const hours_until_late: Readonly<Record<string, number>> = {
  "* * * * *": 10 / 60,
  "17 2 * * *": 26,
};

test("each job of the clock is late when it has missed its time, and on time again when it has run", async () => {
  const bank = await createBank();
  const late = async () => (await bank.call("check_readiness", {})).body.late_jobs;
  expect(await late()).toEqual([]);
  for (const [cron, due] of Object.entries(jobs)) {
    for (const name of Object.keys(due)) {
      const setAge = (hours: number) =>
        bank.sql(
          "update bank.jobs set ran_at = clock_timestamp() - make_interval(mins => $2) " +
            "where name = $1",
          [name, Math.round(hours * 60)],
        );
      const limit_hours = hours_until_late[cron] ?? 0;
      await setAge(limit_hours - 2 / 60);
      expect(await late()).toEqual([]);
      await setAge(limit_hours + 1 / 60);
      expect(await late()).toEqual([name]);
      await bank.call("record_job", { p_name: name });
      expect(await late()).toEqual([]);
    }
  }
});
