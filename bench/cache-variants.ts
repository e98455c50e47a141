// Is a reader ever shown an account older than what had been acknowledged before it asked?
// Three ways to fill a cache, each under writers and evictions: node bench/cache-variants.ts
import { runPolaris } from "../test/cache/polaris.ts";
import { openVariants, type VariantName } from "../test/cache/variants.ts";
import { openBank } from "./cache-bank.ts";

const time_limit_ms = Number(process.env["SECONDS_EACH"] ?? 12) * 1_000;
const load = { readers: 8, writers: 3, reads_per_write: 8, reads_per_eviction: 8, reads: Infinity };

const names: Record<VariantName, string> = {
  leases: "a lease for each fill, writers only delete (src/cache)",
  delete_then_set: "writers delete, readers set",
  compare_version: "readers and writers put by version",
};

await using bank = await openBank();
const variants = openVariants(bank.redis, bank.ledger);
process.stdout.write(`4 hot accounts, 8 readers, 3 writers, evictions, ${bank.redis_kind}\n\n`);
process.stdout.write(
  "| variant | reads | misses | writes | evictions | older reads |\n|---|---|---|---|---|---|\n",
);
for (const [name, description] of Object.entries(names) as [VariantName, string][]) {
  const accounts = (await bank.createAccounts(4)).map((id) => ({ id, version: 1 }));
  const figures = await runPolaris(variants[name], { ...load, accounts, time_limit_ms });
  const { reads, misses, writes, evictions, older_reads } = figures;
  const row = [description, reads, misses, writes, evictions, older_reads];
  process.stdout.write(`| ${row.join(" | ")} |\n`);
}
