import { createHash } from "node:crypto";
import type { Entry, TransferState, Write } from "../history/event.ts";
import type { Report } from "./anomaly.ts";
import { declinedBy, postedBy, type Account, type Effect, type Observed } from "./effects.ts";

/** Which effect each entry belongs to, by the transfer's id. */
export type Writers = ReadonlyMap<string, Effect>;

/** Each posted transfer is on both of its accounts exactly once, and no other transfer is. */
export function checkPostings({ effects, accounts }: Observed, report: Report): Writers {
  const writers = new Map<string, Effect>();
  const posted = new Map<string, TransferState>();
  const declined = new Set<string>();
  for (const effect of effects) {
    for (const transfer of postedBy(effect)) {
      const before = writers.get(transfer.id);
      if (before !== undefined && before !== effect) {
        report(
          "duplicate effect",
          `${before.name} and ${effect.name} have one transfer, ${transfer.id}`,
        );
      }
      writers.set(transfer.id, effect);
      posted.set(transfer.id, transfer);
    }
    for (const id of declinedBy(effect)) declined.add(id);
    checkAsked(effect, report);
  }
  const legs = new Map<string, Entry[]>();
  for (const { entries } of accounts.values()) {
    for (const entry of entries) {
      legs.set(entry.transfer_id, [...(legs.get(entry.transfer_id) ?? []), entry]);
      if (declined.has(entry.transfer_id))
        report("aborted read", `${entry.transfer_id} was declined and is there`);
      else if (!posted.has(entry.transfer_id)) {
        report("phantom entry", `nobody was told of ${entry.transfer_id} on ${entry.account_id}`);
      }
    }
  }
  for (const [id, transfer] of posted) {
    checkLegs(
      transfer,
      legs.get(id) ?? [],
      accounts,
      `${writers.get(id)?.name ?? ""} (${id})`,
      report,
    );
  }
  return writers;
}

/** What was posted is what was asked for. */
function checkAsked(effect: Effect, report: Report): void {
  const [transfer] = postedBy(effect);
  if (
    effect.request.f === "batch" ||
    transfer === undefined ||
    isAnswerTo(effect.request, transfer)
  )
    return;
  report("wrong entry", `${effect.name} asked for something else than ${JSON.stringify(transfer)}`);
}

function isAnswerTo(request: Write, transfer: TransferState): boolean {
  switch (request.f) {
    case "transfer":
      return (
        transfer.kind === "transfer" &&
        transfer.amount === request.amount &&
        transfer.debit_account_id === request.debit_account_id &&
        transfer.credit_account_id === request.credit_account_id
      );
    case "credit":
    case "debit": {
      const moved = request.f === "credit" ? transfer.credit_account_id : transfer.debit_account_id;
      return (
        transfer.kind === request.f &&
        transfer.amount === request.amount &&
        moved === request.account_id
      );
    }
    case "capture":
      return transfer.kind === "capture" && transfer.amount === (request.amount ?? transfer.amount);
    case "reverse":
      return (
        transfer.kind === "reversal" && transfer.amount === (request.amount ?? transfer.amount)
      );
    default:
      return false;
  }
}

function checkLegs(
  transfer: TransferState,
  legs: readonly Entry[],
  accounts: Observed["accounts"],
  name: string,
  report: Report,
): void {
  const expected = [
    { account_id: transfer.debit_account_id, amount: -transfer.amount },
    { account_id: transfer.credit_account_id, amount: transfer.amount },
  ].filter(({ account_id }) => accounts.has(account_id));
  const found = expected.filter(({ account_id }) =>
    legs.some((leg) => leg.account_id === account_id),
  );
  if (found.length === 0) report("lost write", `${name} was acknowledged and is nowhere`);
  else if (found.length < expected.length)
    report("torn transfer", `${name} is on one of its accounts only`);
  if (legs.length > found.length && found.length === expected.length) {
    report("duplicate effect", `${name} has ${String(legs.length)} entries`);
  }
  for (const { account_id, amount } of found) {
    const leg = legs.find((entry) => entry.account_id === account_id);
    if (leg?.amount !== amount || leg.kind !== transfer.kind) {
      report(
        "wrong entry",
        `${name} moved ${String(leg?.amount)} instead of ${String(amount)} on ${account_id}`,
      );
    }
  }
}

/**
 * An account's versions run 1, 2, 3, … in the order of time. Each entry continues the balance and
 * the hash.
 */
export function checkStatement({ id, final, entries }: Account, report: Report): void {
  let [balance, time, hash] = [0, "", Buffer.alloc(32)];
  for (const [index, entry] of entries.entries()) {
    const where = `${id} at version ${String(entry.account_version)}`;
    if (entry.account_version !== index + 1)
      report("version gap", `${where}, which is entry ${String(index + 1)}`);
    if (entry.balance_after !== balance + entry.amount) {
      report(
        "lost update",
        `${where}: ${String(balance)} and ${String(entry.amount)} make ` +
          String(entry.balance_after),
      );
    }
    if (entry.created_at <= time)
      report("wrong order of time", `${where}: ${entry.created_at} after ${time}`);
    const expected = entryHash(hash, entry);
    if (entry.hash !== expected.toString("hex")) report("broken hash chain", where);
    [balance, time, hash] = [entry.balance_after, entry.created_at, Buffer.from(entry.hash, "hex")];
  }
  const newest = entries.at(-1);
  if (
    final.balance !== (newest?.balance_after ?? 0) ||
    final.version !== (newest?.account_version ?? 0) ||
    final.head_hash !== (newest?.hash ?? null)
  ) {
    report(
      "wrong final state",
      `${id} is ${JSON.stringify(final)} after ${JSON.stringify(newest)}`,
    );
  }
}

const bytesOfId = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex");
const year_2000_ms = BigInt(Date.UTC(2000, 0, 1));

function bytesOfInteger(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/**
 * Microseconds since the beginning of 2000; the clock's text has six digits after the point, or
 * fewer.
 */
function microsecondsOf(text: string): bigint {
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(6, "0");
  const second_ms = BigInt(Date.parse(text.replace(/\.\d+/, "")));
  return (second_ms - year_2000_ms) * 1_000n + BigInt(fraction);
}

/** Follows docs/architecture.md, "Tamper evidence", and shares no code with the bank. */
export function entryHash(previous: Buffer, entry: Entry): Buffer {
  return createHash("sha256")
    .update(previous)
    .update(bytesOfId(entry.account_id))
    .update(bytesOfId(entry.counterparty_account_id))
    .update(bytesOfInteger(BigInt(entry.account_version)))
    .update(bytesOfInteger(BigInt(entry.amount)))
    .update(bytesOfInteger(BigInt(entry.balance_after)))
    .update(bytesOfId(entry.transfer_id))
    .update(bytesOfInteger(microsecondsOf(entry.created_at)))
    .digest();
}
