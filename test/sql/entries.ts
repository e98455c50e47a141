import { createHash } from "node:crypto";
import type { Bank } from "../harness/bank.ts";

export interface StoredEntry {
  readonly id: string;
  readonly transfer_id: string;
  readonly account_id: string;
  readonly counterparty_account_id: string;
  readonly amount: bigint;
  readonly balance_after: bigint;
  readonly account_version: bigint;
  readonly hash: string;
  /** Microseconds since 2000-01-01T00:00:00Z. */
  readonly created_at_us: bigint;
}

/** The history of a customer account, oldest first, as it lies in the table. */
export async function readHistory(bank: Bank, account_id: string): Promise<StoredEntry[]> {
  const rows = await bank.sql<Record<keyof StoredEntry, string>>(
    `select id, transfer_id, account_id, counterparty_account_id, amount, balance_after,
            account_version, encode(hash, 'hex') as hash,
            ((extract(epoch from created_at) - 946684800) * 1000000)::bigint as created_at_us
       from bank.entries where account_id = $1 order by account_version`,
    [account_id],
  );
  return rows.map(({ amount, balance_after, account_version, created_at_us, ...rest }) => ({
    ...rest,
    amount: BigInt(amount),
    balance_after: BigInt(balance_after),
    account_version: BigInt(account_version),
    created_at_us: BigInt(created_at_us),
  }));
}

/**
 * The same history as the definition of the ledger gives it, from nothing but amounts, ids and
 * times.
 */
export function recomputeHistory(history: readonly StoredEntry[]): StoredEntry[] {
  let [balance, version, previous_hash] = [0n, 0n, Buffer.alloc(32)];
  return history.map((entry) => {
    balance += entry.amount;
    version += 1n;
    previous_hash = createHash("sha256")
      .update(previous_hash)
      .update(uuidBytes(entry.account_id))
      .update(uuidBytes(entry.counterparty_account_id))
      .update(int8Bytes(version, entry.amount, balance))
      .update(uuidBytes(entry.transfer_id))
      .update(int8Bytes(entry.created_at_us))
      .digest();
    return {
      ...entry,
      balance_after: balance,
      account_version: version,
      hash: previous_hash.toString("hex"),
    };
  });
}

function uuidBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function int8Bytes(...numbers: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeBigInt64BE(number, 8 * index);
  return bytes;
}
