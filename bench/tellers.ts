/**
 * How many transfers a second are there with tellers and without, on one hot account and on many
 * accounts? Each round measures both in turn on one machine, so the ratios hold when its speed
 * changes.
 *
 *   node bench/tellers.ts [sql or http] [rounds] [seconds of each measurement]
 *
 * `sql` compares calls of bank.create_transfer over open connections with the tellers' queue and
 * call in this process. `http` compares the Worker in workerd with Durable Objects and without.
 * There is no pool in front of Postgres here, so each call without a teller opens a connection.
 */
import { describeSpread, openAccounts, startBank, type Bank } from "./bank.ts";
import { openHttp, openSingles, openTellers, type Transfer } from "./tellers-load.ts";
import { startWorkers } from "./tellers-workers.ts";

const way = process.argv[2] === "http" ? "http" : "sql";
const rounds = Number(process.argv[3] ?? 3);
const seconds = Number(process.argv[4] ?? 3);
const accounts = 1_000;
const callers = [1, 8, 64, 256];
const callers_of_warm_up = 64;

interface Ways {
  readonly single: Transfer;
  readonly gathered: Transfer;
}

const pickers = {
  /** Every transfer credits the same account. */
  hot: (ids: readonly string[]) => ({
    debit_account_id: pick(ids.slice(1)),
    credit_account_id: ids[0] ?? "",
  }),
  spread: (ids: readonly string[]) => {
    const debit_account_id = pick(ids);
    let credit_account_id = pick(ids);
    while (credit_account_id === debit_account_id) credit_account_id = pick(ids);
    return { debit_account_id, credit_account_id };
  },
};

function pick(ids: readonly string[]): string {
  return ids[Math.floor(Math.random() * ids.length)] ?? "";
}

interface Measured {
  readonly per_second: number;
  readonly median_ms: number;
}

/**
 * Runs this many callers, each with one transfer under way all the time. Failures are counted
 * separately.
 */
async function measure(count: number, transfer: () => Promise<void>): Promise<Measured> {
  const took_ms: number[] = [];
  const began_at = performance.now();
  const ends_at = began_at + seconds * 1_000;
  await Promise.all(
    Array.from({ length: count }, async () => {
      while (performance.now() < ends_at) {
        const asked_at = performance.now();
        await transfer().then(
          () => took_ms.push(performance.now() - asked_at),
          (error: unknown) => countFailure(error),
        );
      }
    }),
  );
  const elapsed_seconds = (performance.now() - began_at) / 1_000;
  took_ms.sort((a, b) => a - b);
  return {
    per_second: took_ms.length / elapsed_seconds,
    median_ms: took_ms[took_ms.length >> 1] ?? Number.NaN,
  };
}

const failures = new Map<string, number>();

function countFailure(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  failures.set(message, (failures.get(message) ?? 0) + 1);
}

async function compare(ways: Ways, account_ids: readonly string[]): Promise<void> {
  // The first calls of a session prepare everything that it calls.
  for (const transfer of [ways.single, ways.gathered]) {
    await measure(callers_of_warm_up, () => transfer(pickers.spread(account_ids)));
  }
  console.log(
    "| accounts | callers | single /s | gathered /s | gathered : single " +
      "| median ms single | gathered |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const [name, pickLegs] of Object.entries(pickers)) {
    for (const count of callers) {
      const single: Measured[] = [];
      const gathered: Measured[] = [];
      for (let round = 0; round < rounds; round += 1) {
        single.push(await measure(count, () => ways.single(pickLegs(account_ids))));
        gathered.push(await measure(count, () => ways.gathered(pickLegs(account_ids))));
      }
      const rates = [single, gathered].map((all) =>
        describeSpread(all.map(({ per_second }) => per_second)),
      );
      const ratios = gathered.map(
        ({ per_second }, round) => per_second / (single[round]?.per_second ?? NaN),
      );
      const medians = [single, gathered].map((all) =>
        describeSpread(
          all.map(({ median_ms }) => median_ms),
          1,
        ),
      );
      console.log(
        `| ${[name, count, ...rates, describeSpread(ratios, 2), ...medians].join(" | ")} |`,
      );
    }
  }
  for (const [message, times] of failures) console.log(`\n${String(times)} times: ${message}`);
}

async function openWays(bank: Bank, actor: string, stops: AsyncDisposableStack): Promise<Ways> {
  const user_id = actor.slice(1, 37);
  if (way === "sql") {
    const singles = openSingles(bank.url, actor);
    stops.defer(() => singles.stop());
    const gathering = openTellers(bank.url, user_id);
    stops.defer(() => gathering.stop());
    return { single: singles.transfer, gathered: gathering.transfer };
  }
  const workers = await startWorkers(bank.url, user_id, stops);
  const [single, gathered] = [
    openHttp(workers.without_tellers, workers.token),
    openHttp(workers.with_tellers, workers.token),
  ];
  stops.defer(() => single.stop());
  stops.defer(() => gathered.stop());
  return { single: single.transfer, gathered: gathered.transfer };
}

const bank = await startBank({ max_connections: "500" });
try {
  await using stops = new AsyncDisposableStack();
  const { actor, account_ids } = await openAccounts(bank.pool, accounts);
  const ways = await openWays(bank, actor, stops);
  await compare(ways, account_ids);
  const { rows } = await bank.pool.query<{ ok: boolean }>(
    "select (bank.verify_ledger() ->> 'ok')::boolean as ok",
  );
  console.log(`\nThe ledger's verification afterwards: ${rows[0]?.ok === true ? "ok" : "broken"}.`);
} finally {
  await bank.stop();
}
