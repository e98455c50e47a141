import { setTimeout as delay } from "node:timers/promises";
import type { ProofBank } from "../bank/proof-bank.ts";
import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

/** Longer than the lock timeout of the Worker's role, and shorter than a caller waits. */
const lock_held_ms = 2_600;

/** Another session holds the lock of an account that all callers need. */
async function holdLocks({ postgres }: ProofBank): Promise<void> {
  const client = await postgres.connect();
  await client.query("begin");
  await client.query(
    `select from bank.accounts where kind = 'customer' and created_at > now() - interval '2 minutes'
      order by id for no key update`,
  );
  await delay(lock_held_ms);
  await client.query("rollback");
  await client.end();
}

/** The statement timeout is so low that many statements are cancelled, each at another point. */
async function cancelStatements({ postgres }: ProofBank): Promise<void> {
  const roles = await postgres.sql<{ rolname: string }>(
    "select rolname from pg_roles where rolname like 'bank_api%' and rolcanlogin",
  );
  const setLimit = async (limit: string): Promise<void> => {
    for (const { rolname } of roles)
      await postgres.sql(`alter role ${rolname} set statement_timeout = '${limit}'`);
    await postgres.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename like 'bank_api%'",
    );
  };
  await setLimit("12ms");
  await delay(3_000);
  await setLimit("5s");
}

export const timeouts: Check = {
  name: "timeouts",
  shows: "Lock and statement timeouts under load: each request is done whole or not at all",
  run: async (context) => {
    const bank = await context.bank();
    const sum = new Sum();
    const times = context.size(1, 10);
    for (let time = 0; time < times && context.has_time; time += 1) {
      for (const fault of [holdLocks, cancelStatements]) {
        const during = async (): Promise<void> => {
          await delay(400);
          await fault(bank);
        };
        sum.add(await context.round(bank, { profile: profiles.hot, requests: 200, during }));
      }
    }
    return { figures: { ...sum.figures, anomalies: 0 }, trials: sum.ambiguous };
  },
};
