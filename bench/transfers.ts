/**
 * How many transfers a second are there, one by one and in batches, on many accounts and on one hot
 * account? Each round measures single transfers and batches in turn, so the ratios hold when the
 * speed of the machine changes.
 *
 *   node bench/transfers.ts [rounds] [seconds of each measurement] [synchronous_commit: on or off]
 */
import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { describeSpread, openAccounts, startBank } from "./bank.ts";

const rounds = Number(process.argv[2] ?? 3);
const seconds = Number(process.argv[3] ?? 4);
/** `off` leaves the disk out of the measurement. No bank may run like that. */
const synchronous_commit = process.argv[4] ?? "on";
const accounts = 1_000;
const batch_size = 500;
const single_clients = 8;
const batch_clients = 2;

interface Workload {
  readonly pool: Pool;
  readonly actor: string;
  readonly account_ids: readonly string[];
}

type Pick = (workload: Workload) => {
  debit_account_id: string;
  credit_account_id: string;
  amount: number;
};

const pickAny = ({ account_ids }: Workload): string =>
  account_ids[Math.floor(Math.random() * account_ids.length)] ?? "";

const spread: Pick = (workload) => {
  const debit_account_id = pickAny(workload);
  let credit_account_id = pickAny(workload);
  while (credit_account_id === debit_account_id) credit_account_id = pickAny(workload);
  return { debit_account_id, credit_account_id, amount: 5 };
};

/** Every transfer debits the same account. */
const hot: Pick = (workload) => {
  const debit_account_id = workload.account_ids[0] ?? "";
  let credit_account_id = pickAny(workload);
  while (credit_account_id === debit_account_id) credit_account_id = pickAny(workload);
  return { debit_account_id, credit_account_id, amount: 5 };
};

async function single(workload: Workload, pick: Pick): Promise<number> {
  const { debit_account_id, credit_account_id, amount } = pick(workload);
  await workload.pool.query(
    "select answer.code from bank.create_transfer($1, $2, $3, $4, $5) as answer",
    [workload.actor, randomUUID(), debit_account_id, credit_account_id, amount],
  );
  return 1;
}

async function batch(workload: Workload, pick: Pick): Promise<number> {
  const transfers = Array.from({ length: batch_size }, () => pick(workload));
  await workload.pool.query("select answer.code from bank.create_transfers($1, $2, $3) as answer", [
    workload.actor,
    randomUUID(),
    JSON.stringify(transfers),
  ]);
  return batch_size;
}

/** Transfers a second of this many clients, each with one call under way all the time. */
async function measure(clients: number, call: () => Promise<number>): Promise<number> {
  const began_at = performance.now();
  const ends_at = began_at + seconds * 1_000;
  let done = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < ends_at) {
        // `done += await …` would read `done` before it waits, and lose what the other clients add
        // meanwhile.
        const made = await call();
        done += made;
      }
    }),
  );
  return done / ((performance.now() - began_at) / 1_000);
}

const bank = await startBank({ synchronous_commit });
try {
  const workload = { pool: bank.pool, ...(await openAccounts(bank.pool, accounts)) };
  for (const [name, pick] of [
    ["spread", spread],
    ["hot", hot],
  ] as const) {
    const singles: number[] = [];
    const batches: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      singles.push(await measure(single_clients, () => single(workload, pick)));
      batches.push(await measure(batch_clients, () => batch(workload, pick)));
    }
    const ratios = batches.map((value, round) => value / (singles[round] ?? Number.NaN));
    console.log(
      `${name}: single ${describeSpread(singles)}/s, batch ${describeSpread(batches)}/s,`,
    );
    console.log(`  batch : single ${describeSpread(ratios, 1)}`);
  }
  const { rows } = await bank.pool.query<{ ok: boolean }>(
    "select (bank.verify_ledger() ->> 'ok')::boolean as ok",
  );
  if (rows[0]?.ok !== true) throw new Error("The ledger is broken after the benchmark.");
} finally {
  await bank.stop();
}
