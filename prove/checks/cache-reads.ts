import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Pool } from "pg";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { Running } from "../../local/steps.ts";
import { migrate } from "../../scripts/migrate.ts";
import { checkForStaleReads, type Figures } from "../../test/cache/stale-read-check.ts";
import { openVariants, type Ledger, type VariantName } from "../../test/cache/variants.ts";
import { PostgresUnderTest } from "../bank/postgres-under-test.ts";
import { RedisUnderTest } from "../bank/redis-under-test.ts";
import { CheckFailure, type Check } from "../check.ts";

const load = { readers: 12, writers: 3, reads_per_write: 25, reads_per_eviction: 25 };
const time_limit_ms_max = 20 * 60_000;
const misses_min = 0.01;
/** What most do instead; this check sees that they are wrong. */
const seeded: readonly VariantName[] = ["delete_then_set", "compare_version"];

export const cacheReads: Check = {
  name: "cache-reads",
  shows: "Cached reads under constant evictions and slow fills: none older than what was acknowledged before",
  run: async (context) => {
    const running = new Running();
    try {
      const ledger = await openLedger(running);
      const { variants } = ledger;
      const time_limit_ms = Math.min(time_limit_ms_max, context.left_ms);
      const options = { ...load, reads: context.size(30_000, 1_000_000), time_limit_ms };
      const figures = await checkForStaleReads(variants.leases, {
        ...options,
        accounts: await ledger.openAccounts(4),
      });
      expectWork(figures);
      for (const name of seeded) {
        const wrong = {
          ...options,
          reads: 200_000,
          older_reads_max: 1,
          accounts: await ledger.openAccounts(4),
        };
        const { older_reads } = await checkForStaleReads(variants[name], wrong);
        if (older_reads === 0) throw new CheckFailure(`${name} was not seen: this check cannot fail.`);
      }
      const { reads, misses, writes, evictions, older_reads: older } = figures;
      return {
        figures: { reads, "of them misses": misses, writes, evictions, older },
        trials: reads,
        caught: seeded,
      };
    } finally {
      await running.stopAll();
    }
  },
};

function expectWork({ older_reads, reads, hits, misses }: Figures): void {
  // A bypass says that Redis was too slow for a limit, which on a busy machine it may be.
  const bypasses = `${String(reads - hits - misses)} bypassed the cache`;
  if (older_reads > 0) {
    throw new CheckFailure(`${String(older_reads)} of ${String(reads)} reads were too old, ${bypasses}.`);
  }
  if (misses < (hits + misses) * misses_min) throw new CheckFailure("There were hardly any misses.");
}

interface OpenLedger {
  readonly variants: ReturnType<typeof openVariants>;
  openAccounts(count: number): Promise<{ id: string; version: number }[]>;
}

/** The cache's own code between this process and the real Redis and PostgreSQL, without HTTP in front of it. */
async function openLedger(running: Running): Promise<OpenLedger> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-cache-"));
  running.add("the directory", { stop: () => rm(directory, { recursive: true, force: true }) });
  const postgres = await PostgresUnderTest.start(path.join(directory, "postgres"));
  running.add("PostgreSQL", postgres);
  await migrate(postgres.url);
  const redis = await RedisUnderTest.start(path.join(directory, "redis"));
  running.add("Redis", redis);
  const endpoint = await startUpstashEndpoint(redis.backend);
  running.add("the Redis endpoint", endpoint);
  const pool = new Pool({ connectionString: postgres.url, max: 16 });
  pool.on("error", () => undefined);
  running.add("the connections", { stop: () => pool.end() });
  const [admin] = await postgres.sql<{ id: string }>(
    "select bank_internal.create_admin('admin@edgebank.test', 'none') as id",
  );
  // A bank.actor as PostgreSQL writes it.
  const actor = `(${admin?.id ?? ""},admin,,proof,)`;
  const call = async (text: string, ...parameters: unknown[]): Promise<string> => {
    const { rows } = await pool.query<{ body: string }>(`select body from ${text}`, [actor, ...parameters]);
    return rows[0]?.body ?? "";
  };
  const ledger: Ledger = {
    load: (account_id) => call("bank.get_account($1, $2)", account_id),
    credit: async (account_id) => {
      await call("bank.credit_account($1, $2, $3, 1)", randomUUID(), account_id);
    },
  };
  return {
    variants: openVariants({ url: endpoint.url, token: endpoint.token }, ledger),
    openAccounts: async (count) => {
      const email = `${randomUUID()}@edgebank.test`;
      const customer = JSON.parse(await call("bank.create_customer($1, 'Ada', $2, 'none')", email)) as {
        id: string;
      };
      return Promise.all(
        Array.from({ length: count }, async () => {
          const account = await call("bank.create_account($1, $2, 'USD', 'Checking')", customer.id);
          return { id: (JSON.parse(account) as { id: string }).id, version: 0 };
        }),
      );
    },
  };
}
