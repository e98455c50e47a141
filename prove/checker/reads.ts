import type { AccountState, Answers } from "../history/event.ts";
import type { Report } from "./anomaly.ts";
import type { Account, ReadEffect } from "./effects.ts";
import type { Ledger } from "./limits.ts";

/** A read as the dependency graph sees it: which version of which account it was shown. */
export interface SeenVersion {
  readonly account_id: string;
  readonly version: number;
}

/**
 * A read shows an account as it was at that version, and the version is part of the final
 * statement.
 */
export function checkRead(
  ledger: Ledger,
  read: ReadEffect,
  times_are_final: boolean,
  report: Report,
): void {
  switch (read.request.f) {
    case "read_account":
      checkState(ledger, read, read.answer as AccountState, report);
      break;
    case "read_accounts":
      checkTotal(ledger, read, report);
      for (const state of (read.answer as Answers["read_accounts"]).data)
        checkState(ledger, read, state, report);
      break;
    case "read_statement":
      checkPage(ledger, read, report);
      break;
    case "read_balance":
      checkBalanceAt(ledger, read, times_are_final, report);
  }
}

/** The versions that the graph uses. A balance as of a past time says nothing about the present. */
export function seenBy(read: ReadEffect): SeenVersion[] {
  switch (read.request.f) {
    case "read_account": {
      const { id, version } = read.answer as AccountState;
      return [{ account_id: id, version }];
    }
    case "read_accounts":
      return (read.answer as Answers["read_accounts"]).data.map(({ id, version }) => ({
        account_id: id,
        version,
      }));
    case "read_statement": {
      const [newest] = (read.answer as Answers["read_statement"]).data;
      return [{ account_id: read.request.account_id, version: newest?.account_version ?? 0 }];
    }
    case "read_balance":
      return read.request.at === undefined
        ? [
            {
              account_id: read.request.account_id,
              version: (read.answer as Answers["read_balance"]).version,
            },
          ]
        : [];
  }
}

function checkState(
  { observed, holds }: Ledger,
  read: ReadEffect,
  state: AccountState,
  report: Report,
): void {
  const account = observed.accounts.get(state.id);
  if (account === undefined) return;
  checkVersion(account, read, state, report);
  const { least, most } = holds.reservedWhile(state.id, read);
  if (state.held < least || state.held > most) {
    const range = `${String(least)} to ${String(most)}`;
    report(
      "wrong held",
      `${read.name} saw ${String(state.held)} held on ${state.id}, which is ${range}`,
    );
  }
  if (state.balance - state.held < -account.overdraft_limit) {
    report("limit exceeded", `${read.name} saw ${JSON.stringify(state)}`);
  }
}

function checkVersion(
  { id, entries }: Account,
  { name, request }: ReadEffect,
  seen: { readonly version: number; readonly balance: number; readonly head_hash?: string | null },
  report: Report,
): void {
  const entry = entries[seen.version - 1];
  if (seen.version > 0 && entry === undefined) {
    report(
      "aborted read",
      `${name} saw version ${String(seen.version)} of ${id}, which did not stay`,
    );
    return;
  }
  if (seen.balance !== (entry?.balance_after ?? 0)) {
    report(
      "wrong read",
      `${name} saw ${String(seen.balance)} at version ${String(seen.version)} of ${id}`,
    );
  }
  if (request.f !== "read_balance" && seen.head_hash !== (entry?.hash ?? null)) {
    report(
      "wrong read",
      `${name} saw another head hash at version ${String(seen.version)} of ${id}`,
    );
  }
}

/**
 * Jepsen's bank: if money only moves between the accounts, every read of all accounts has the same
 * sum.
 */
function checkTotal({ observed }: Ledger, read: ReadEffect, report: Report): void {
  const { data } = read.answer as Answers["read_accounts"];
  if (data.length !== observed.accounts.size) {
    report(
      "impossible read",
      `${read.name} saw ${String(data.length)} accounts of ${String(observed.accounts.size)}`,
    );
    return;
  }
  const entries = [...observed.accounts.values()].flatMap((account) => account.entries);
  const is_closed = entries.every(
    ({ kind, account_version }) => account_version === 1 || !/^(credit|debit)$/.test(kind),
  );
  if (!is_closed) return;
  const sum = (amounts: readonly number[]): number =>
    amounts.reduce((total, amount) => total + amount, 0);
  const expected = sum(entries.filter(({ kind }) => kind === "credit").map(({ amount }) => amount));
  const found = sum(data.map(({ balance }) => balance));
  if (found !== expected)
    report("wrong total", `${read.name} saw ${String(found)} of ${String(expected)}`);
}

function checkPage({ observed }: Ledger, read: ReadEffect, report: Report): void {
  if (read.request.f !== "read_statement") return;
  const account = observed.accounts.get(read.request.account_id);
  if (account === undefined) return;
  const { data } = read.answer as Answers["read_statement"];
  for (const [index, entry] of data.entries()) {
    const stayed = account.entries[entry.account_version - 1];
    if (
      stayed?.transfer_id !== entry.transfer_id ||
      stayed.hash !== entry.hash ||
      stayed.balance_after !== entry.balance_after
    ) {
      report(
        "aborted read",
        `${read.name} saw an entry that did not stay: ${JSON.stringify(entry)}`,
      );
    }
    if (entry.account_version !== (data[0]?.account_version ?? 0) - index) {
      report(
        "impossible read",
        `${read.name} saw a page with a gap at version ${String(entry.account_version)}`,
      );
    }
  }
}

/** Counts every entry up to that time, however late the entry became visible. */
function checkBalanceAt(
  { observed }: Ledger,
  read: ReadEffect,
  times_are_final: boolean,
  report: Report,
): void {
  if (read.request.f !== "read_balance") return;
  const account = observed.accounts.get(read.request.account_id);
  if (account === undefined) return;
  const seen = read.answer as Answers["read_balance"];
  checkVersion(account, read, seen, report);
  const count = account.entries.filter(({ created_at }) => created_at <= seen.at).length;
  if (times_are_final && seen.version !== count) {
    report(
      "wrong balance at a time",
      `${read.name} saw version ${String(seen.version)} at ${seen.at}, when there were ` +
        `${String(count)} entries`,
    );
  }
}
