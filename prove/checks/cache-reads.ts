import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Pool } from "pg";
import type { RedisBackend, RedisCommand } from "../../local/redis/redis-backend.ts";
import { startUpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { withoutKeyLockingFlag } from "../../local/redis/upstash-scripts.ts";
import { Running } from "../../local/steps.ts";
import { migrate } from "../../scripts/migrate.ts";
import { fill_script } from "../../src/cache/scripts.ts";
import {
  checkForStaleReads,
  type Figures,
  type Variant,
} from "../../test/cache/stale-read-check.ts";
import { openVariants, type Ledger, type RedisAddress } from "../../test/cache/variants.ts";
import { PostgresUnderTest } from "../bank/postgres-under-test.ts";
import { RedisUnderTest } from "../bank/redis-under-test.ts";
import { CheckFailure, type Check } from "../check.ts";

const load = { readers: 16, writers: 4, reads_per_write: 60, reads_per_eviction: 60 };
const accounts = 6;
/** Long, because a read that gives up on Redis on a busy machine shows nothing about the cache. */
const redis_timeout_ms = 60_000;
const misses_min = 0.05;
const seeded_reads_max = 400_000;

export const cacheReads: Check = {
  name: "cache-reads",
  shows:
    "Cached reads under constant evictions and slow fills: none older " +
    "than what was acknowledged before",
  run: async (context) => {
    const running = new Running();
    try {
      const ledger = await openLedger(running);
      const options = { ...load, time_limit_ms: context.left_ms };
      const figures = await checkForStaleReads(ledger.sound, {
        ...options,
        reads: context.size(30_000, 1_000_000),
        accounts: await ledger.openAccounts(accounts),
      });
      expectWork(figures);
      for (const [name, variant] of Object.entries(ledger.seeded)) {
        const { older_reads } = await checkForStaleReads(variant, {
          ...options,
          reads: seeded_reads_max,
          older_reads_max: 1,
          accounts: await ledger.openAccounts(accounts),
        });
        if (older_reads === 0)
          throw new CheckFailure(`${name} was not seen: this check cannot fail.`);
      }
      const { hits, misses, writes, evictions, older_reads: older } = figures;
      return {
        figures: { reads: hits + misses, "of them misses": misses, writes, evictions, older },
        trials: hits + misses,
        caught: Object.keys(ledger.seeded),
      };
    } finally {
      await running.stopAll();
    }
  },
};

function expectWork({ older_reads, reads, hits, misses }: Figures): void {
  const bypasses = `${String(reads - hits - misses)} bypassed the cache`;
  if (older_reads > 0) {
    throw new CheckFailure(
      `${String(older_reads)} of ${String(reads)} reads were too old, ${bypasses}.`,
    );
  }
  if (misses < (hits + misses) * misses_min)
    throw new CheckFailure("There were hardly any misses.");
}

/** A Redis that stores each fill, even if the reader has lost its lease. */
function fillingWithoutLease(backend: RedisBackend): RedisBackend {
  const fill = withoutKeyLockingFlag(fill_script);
  const blind_fill = "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1";
  const blind = (command: RedisCommand): RedisCommand => {
    const [name, script, ...rest] = command;
    return script === fill ? [name, blind_fill, ...rest] : command;
  };
  return { ...backend, runEach: (commands) => backend.runEach(commands.map(blind)) };
}

interface OpenLedger {
  /** The Worker's own cache. */
  readonly sound: Variant;
  /** The caches that this check must find wrong, by what is wrong with them. */
  readonly seeded: Readonly<Record<string, Variant>>;
  openAccounts(count: number): Promise<{ id: string; version: number }[]>;
}

/**
 * The cache's own code in this process, with a real Redis and a real PostgreSQL, but without the
 * Worker around it.
 */
async function openLedger(running: Running): Promise<OpenLedger> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-cache-"));
  running.add("the directory", { stop: () => rm(directory, { recursive: true, force: true }) });
  const postgres = await PostgresUnderTest.start(path.join(directory, "postgres"));
  running.add("PostgreSQL", postgres);
  await migrate(postgres.url);
  const redis = await RedisUnderTest.start(path.join(directory, "redis"));
  running.add("Redis", redis);
  const openEndpoint = async (backend: RedisBackend): Promise<RedisAddress> => {
    const endpoint = await startUpstashEndpoint(backend);
    running.add("the Redis endpoint", endpoint);
    return { url: endpoint.url, token: endpoint.token, timeout_ms: redis_timeout_ms };
  };
  const pool = new Pool({ connectionString: postgres.url, max: 16 });
  pool.on("error", () => undefined);
  running.add("the connections", { stop: () => pool.end() });
  const [admin] = await postgres.sql<{ id: string }>(
    "select bank_internal.create_admin('admin@edgebank.test', 'none') as id",
  );
  // A bank.actor as PostgreSQL writes it.
  const actor = `(${admin?.id ?? ""},admin,,proof,)`;
  const call = async (text: string, ...parameters: unknown[]): Promise<string> => {
    const { rows } = await pool.query<{ body: string }>(`select body from ${text}`, [
      actor,
      ...parameters,
    ]);
    return rows[0]?.body ?? "";
  };
  const ledger: Ledger = {
    load: (account_id) => call("bank.get_account($1, $2)", account_id),
    credit: async (account_id) => {
      await call("bank.credit_account($1, $2, $3, 1)", randomUUID(), account_id);
    },
  };
  const variants = openVariants(await openEndpoint(redis.backend), ledger);
  const leaseless = openVariants(await openEndpoint(fillingWithoutLease(redis.backend)), ledger);
  return {
    sound: variants.leases,
    seeded: {
      "the fill does not look at its lease": leaseless.leases,
      "delete, then set": variants.delete_then_set,
      "compare the version": variants.compare_version,
    },
    openAccounts: async (count) => {
      const email = `${randomUUID()}@edgebank.test`;
      const customer = JSON.parse(
        await call("bank.create_customer($1, 'Ada', $2, 'none')", email),
      ) as {
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
