import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../prove/history/event.ts";
import { endOf, finals, namesIn, open } from "./events.ts";
import { chain, SmallBank } from "./small-bank.ts";

/** Two transfers of A and B, two accounts each, so that their orders can differ. */
function twoTransfers(): SmallBank {
  const bank = new SmallBank([100, 100]);
  bank.transfer(0, 1, 10);
  bank.transfer(0, 1, 20);
  return bank;
}

/** From the very beginning to the very end, so that real time says nothing about it. */
function stretch(events: HistoryEvent[], f: string): HistoryEvent[] {
  for (const [index, event] of events.entries()) {
    if (event.type !== "invoke" || event.value.f !== f) continue;
    Object.assign(event, { time_us: 45, process: index });
    Object.assign(events[index + 1] ?? {}, { time_us: 10_000, process: index });
  }
  return events;
}

describe("the dependency graph shows", () => {
  test("G0, two transfers in two orders", () => {
    const bank = twoTransfers();
    const events = stretch(bank.finish(), "transfer");
    const entries = open(finals(events)[1]?.entries);
    entries.splice(1, 2, entries[2], entries[1]);
    chain(entries);
    expect(namesIn(events)).toContain("G0");
  });

  test("G-single, one account before a transfer and the other after it", () => {
    const bank = twoTransfers();
    bank.readAll([3, 2]);
    expect(namesIn(stretch(bank.finish(), "read_accounts"))).toEqual(["wrong total", "G-single"]);
  });

  test("G2-item, two readers who see two transfers in two orders", () => {
    const bank = new SmallBank([100, 100, 100, 100]);
    bank.transfer(0, 1, 10);
    bank.transfer(2, 3, 10);
    bank.readAll([2, 2, 1, 1]);
    bank.readAll([1, 1, 2, 2]);
    const events = stretch(stretch(bank.finish(), "read_accounts"), "transfer");
    expect(namesIn(events)).toEqual(["G2-item"]);
  });

  test("an intermediate read, in the middle of a batch", () => {
    const bank = new SmallBank([100, 100]);
    const item = { debit_account_id: bank.id(0), credit_account_id: bank.id(1), amount: 1 };
    const outcomes = [1, 2].map(() => ({
      status: "posted" as const,
      code: null,
      transfer: bank.post("transfer", bank.id(0), bank.id(1), 1),
    }));
    bank.write({ f: "batch", atomic: false, transfers: [item, item] }, { outcomes });
    bank.read({ f: "read_account", account_id: bank.id(0) }, bank.state(0, 2));
    expect(namesIn(stretch(bank.finish(), "read_account"))).toEqual(["intermediate read"]);
  });

  test("a stale read, of what was there before an acknowledged transfer", () => {
    const bank = twoTransfers();
    bank.read({ f: "read_account", account_id: bank.id(0) }, bank.state(0, 2));
    expect(namesIn(bank.finish())).toEqual(["stale read"]);
  });

  test("no stale read, while the transfer is still under way", () => {
    const bank = twoTransfers();
    bank.read({ f: "read_account", account_id: bank.id(0) }, bank.state(0, 2));
    expect(namesIn(stretch(bank.finish(), "read_account"))).toEqual([]);
  });

  test("G1c-realtime, a read of what nobody had asked for yet", () => {
    const bank = twoTransfers();
    const events = bank.finish();
    const read = new SmallBank([1]);
    read.read({ f: "read_account", account_id: bank.id(0) }, bank.state(0));
    const [invoke, end] = read.events.slice(-2);
    const early = [
      { ...invoke, time_us: 1, process: 9 },
      { ...end, time_us: 2, process: 9 },
    ] as HistoryEvent[];
    expect(namesIn([...events, ...early])).toEqual(["G1c-realtime"]);
  });

  test("G0-realtime, a transfer before one that had been answered before it was asked for", () => {
    const bank = twoTransfers();
    const events = bank.finish();
    for (const { entries } of finals(events)) {
      const all = open(entries);
      const [earlier, later] = [all[1].created_at, all[2].created_at];
      all.splice(1, 2, { ...all[2], created_at: earlier }, { ...all[1], created_at: later });
      chain(all);
    }
    for (const final of finals(events)) open(final).account.head_hash = final.entries.at(-1)?.hash;
    expect(namesIn(events)).toEqual(["G0-realtime"]);
  });

  test("a wrong total, where money only moves between the accounts", () => {
    const bank = twoTransfers();
    bank.readAll();
    const events = bank.finish();
    open(endOf(events, "read_accounts").value).data[0].balance += 5;
    expect(namesIn(events)).toContain("wrong total");
  });
});
