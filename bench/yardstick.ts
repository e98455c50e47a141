/**
 * How fast is one transfer as one call of Postgres, compared with pgbench's TPC-B and with another
 * ledger, on the same server and in the same run? Writes its table into bench/README.md.
 *
 *   npm run bench [rounds] [seconds of each measurement]
 *
 * It needs pgbench (PGBENCH, or on the PATH). These variables name the SQL of the other ledger:
 * PEER_SQL (files, comma-separated), PEER_OPEN (an expression in n that opens an account and
 * returns its id), and PEER_TRANSFER (a statement with $from and $to).
 */
import { execFile } from "node:child_process";
import { readFile, writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Pool } from "pg";
import { describeSpread, openAccounts, startBank, type Bank } from "./bank.ts";

const run = promisify(execFile);
const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 4);
const accounts = 500;
const clients = 8;
const pgbench = process.env["PGBENCH"] ?? "pgbench";
const readme = path.join(import.meta.dirname, "README.md");
const markers = ["<!-- yardstick -->", "<!-- /yardstick -->"] as const;

interface Workload {
  readonly name: string;
  readonly url: string;
  readonly script: string;
}

/**
 * Picks two different accounts of the table `bench_accounts`. The hot one is the first of the
 * table.
 */
const pick = (hot: boolean): string => `\\set a random(${hot ? "2" : "1"}, ${String(accounts)})
\\set c ${hot ? "1" : `random(1, ${String(accounts)})`}
`;
const from = "(select id from public.bench_accounts where n = :a)";
const other = `case when :a = :c then :c % ${String(accounts)} + 1 else :c end`;
const to = `(select id from public.bench_accounts where n = ${other})`;

function ownScript(hot: boolean, actor: string): string {
  return `${pick(hot)}\\set k random(1, 9000000000000000000)
select * from bank.create_transfer(
  '${actor}'::bank.actor, 'bench-' || :k::text, ${from}, ${to}, 1, 'USD');
`;
}

function peerScript(hot: boolean): string {
  const transfer = process.env["PEER_TRANSFER"] ?? "";
  return `${pick(hot)}${transfer.replaceAll("$from", from).replaceAll("$to", to)};
`;
}

async function openOwn(bank: Bank): Promise<Workload[]> {
  const { actor, account_ids } = await openAccounts(bank.pool, accounts);
  await bank.pool.query(
    "create table public.bench_accounts (n bigint primary key, id uuid not null)",
  );
  await bank.pool.query(
    `insert into public.bench_accounts
     select n, id from unnest($1::uuid[]) with ordinality as a (id, n)`,
    [account_ids],
  );
  return [
    { name: "create_transfer, spread", url: bank.url, script: ownScript(false, actor) },
    { name: "create_transfer, one hot account", url: bank.url, script: ownScript(true, actor) },
  ];
}

async function database(bank: Bank, name: string): Promise<string> {
  await bank.pool.query(`create database ${name}`);
  return Object.assign(new URL(bank.url), { pathname: name }).href;
}

async function openPeer(bank: Bank): Promise<Workload[]> {
  const files = process.env["PEER_SQL"];
  if (files === undefined) return [];
  const url = await database(bank, "peer");
  const pool = new Pool({ connectionString: url, max: 1 });
  for (const file of files.split(",")) await pool.query(await readFile(file, "utf8"));
  await pool.query("create table public.bench_accounts (n bigint primary key, id text not null)");
  await pool.query(
    `insert into public.bench_accounts
     select n, ${process.env["PEER_OPEN"] ?? ""} from generate_series(1, ${String(accounts)}) n`,
  );
  await pool.end();
  return [
    { name: "peer, spread", url, script: peerScript(false) },
    { name: "peer, one hot account", url, script: peerScript(true) },
  ];
}

async function openTpcb(bank: Bank): Promise<Workload> {
  const url = await database(bank, "tpcb");
  await run(pgbench, ["-i", "-q", "-s", "10", url]);
  return { name: "TPC-B", url, script: "tpcb-like" };
}

async function measure({ url, script }: Workload, directory: string): Promise<number> {
  const file = path.join(directory, "script.pgbench");
  await writeFile(file, script);
  const what = script === "tpcb-like" ? ["-b", script] : ["-f", file];
  const load = ["-n", "-M", "prepared", "-c", String(clients), "-j", "2", "-T", String(seconds)];
  const { stdout } = await run(pgbench, [...load, ...what, url]);
  if (!stdout.includes("number of failed transactions: 0 ")) throw new Error(`pgbench: ${stdout}`);
  return Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1]);
}

/** The bytes of WAL that a transfer writes, without full-page images, while nothing else runs. */
async function walBytes(bank: Bank, workload: Workload, directory: string): Promise<number> {
  await bank.pool.query("checkpoint");
  await measure(workload, directory);
  const read = async (): Promise<{ bytes: number; count: number }> => {
    const { rows } = await bank.pool.query<{ bytes: string; count: string }>(
      `select wal_bytes - wal_fpi * 8192 as bytes, (select count(*) from bank.transfers) as count
         from pg_stat_wal`,
    );
    return { bytes: Number(rows[0]?.bytes), count: Number(rows[0]?.count) };
  };
  const before = await read();
  await measure(workload, directory);
  const after = await read();
  return (after.bytes - before.bytes) / (after.count - before.count);
}

function render(results: ReadonlyMap<string, readonly number[]>, wal_bytes: number): string {
  const against = (name: string, values: readonly number[], other: string): string => {
    const base = results.get(other);
    return base === undefined || name === other
      ? ""
      : describeSpread(
          values.map((v, i) => v / (base[i] ?? NaN)),
          2,
        );
  };
  const rows = [...results].map(([name, values]) => {
    const peer = name.includes("hot") ? "peer, one hot account" : "peer, spread";
    const cells = [describeSpread(values), against(name, values, "TPC-B")];
    return `| ${[name, ...cells, against(name, values, peer)].join(" | ")} |`;
  });
  return [
    `\`npm run bench ${String(rounds)} ${String(seconds)}\`, ${String(clients)} clients, ` +
      "PostgreSQL 18 with its default settings, rounds in turn. A transfer\n" +
      `writes ${wal_bytes.toFixed(0)} bytes of WAL without full-page images:`,
    "",
    "| | transactions/s: median (least to most) | × TPC-B | × the peer's |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

async function writeTable(table: string): Promise<void> {
  const text = await readFile(readme, "utf8");
  const [begin, end] = markers.map((marker) => text.indexOf(marker));
  if (begin === undefined || end === undefined || begin < 0 || end < begin) {
    throw new Error(`${readme} has no place for the table.`);
  }
  await writeFile(
    readme,
    `${text.slice(0, begin + markers[0].length)}\n${table}\n\n${text.slice(end)}`,
  );
}

const bank = await startBank();
const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bench-"));
try {
  const own = await openOwn(bank);
  const workloads = [await openTpcb(bank), ...(await openPeer(bank)), ...own];
  const results = new Map<string, number[]>(workloads.map(({ name }) => [name, []]));
  for (const workload of workloads) await measure(workload, directory);
  for (let round = 0; round < rounds; round += 1) {
    for (const workload of workloads)
      results.get(workload.name)?.push(await measure(workload, directory));
  }
  const [spread] = own;
  const table = render(
    results,
    spread === undefined ? Number.NaN : await walBytes(bank, spread, directory),
  );
  const { rows } = await bank.pool.query<{ ok: boolean }>(
    "select (bank.verify_ledger() ->> 'ok')::boolean as ok",
  );
  if (rows[0]?.ok !== true) throw new Error("The ledger is broken after the benchmark.");
  await writeTable(table);
  console.log(table);
} finally {
  await rm(directory, { recursive: true, force: true });
  await bank.stop();
}
