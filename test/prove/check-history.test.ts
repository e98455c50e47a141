import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkHistory } from "../../prove/checker/check-history.ts";
import type { AnomalyName } from "../../prove/checker/anomaly.ts";
import type { HistoryEvent } from "../../prove/history/event.ts";
import { endOf, ends, finals, invokeOf, namesIn, open } from "./events.ts";
import { chain, SmallBank } from "./small-bank.ts";

/** A bit of everything, and nothing wrong with it. */
function soundHistory(): HistoryEvent[] {
  const bank = new SmallBank([100, 100, 100]);
  const [a, b, c] = [bank.id(0), bank.id(1), bank.id(2)];
  const first = bank.transfer(0, 1, 10);
  bank.readAll();
  const transfers = [
    { debit_account_id: a, credit_account_id: b, amount: 5 },
    { debit_account_id: b, credit_account_id: c, amount: 6 },
  ];
  const outcomes = transfers.map((item) => ({
    status: "posted" as const,
    code: null,
    transfer: bank.post("transfer", item.debit_account_id, item.credit_account_id, item.amount),
  }));
  bank.write({ f: "batch", atomic: true, transfers }, { outcomes });
  const hold = { id: randomUUID(), amount: 30, status: "active" };
  bank.write({ f: "hold", debit_account_id: a, credit_account_id: b, amount: 30 }, hold);
  bank.read({ f: "read_account", account_id: a }, bank.state(0, undefined, 30));
  bank.refuse(
    { f: "transfer", debit_account_id: a, credit_account_id: b, amount: 60 },
    { code: "insufficient_funds", transfer_id: randomUUID() },
  );
  const at = bank.entries(a).at(-1)?.created_at ?? "";
  bank.read({ f: "read_balance", account_id: a, at }, { at, balance: 85, version: 3 });
  bank.write({ f: "capture", hold_id: hold.id, amount: 20 }, bank.post("capture", a, b, 20));
  bank.write({ f: "reverse", transfer_id: first.id }, bank.post("reversal", b, a, 10));
  bank.read({ f: "read_statement", account_id: a }, { data: bank.entries(a).toReversed() });
  return bank.finish();
}

const askAgain = (
  events: HistoryEvent[],
  f: string,
  request: object,
  answer: object,
): HistoryEvent[] => {
  const invoke = invokeOf(events, f);
  const end = endOf(events, f);
  const time_us = (events.at(-1)?.time_us ?? 0) + 100;
  const again = {
    ...invoke,
    time_us,
    process: 9,
    value: { ...invoke.value, ...request },
  } as HistoryEvent;
  const answered = {
    ...end,
    time_us: time_us + 1,
    process: 9,
    value: { ...(end.value as object), ...answer },
  };
  return [...events, again, answered as HistoryEvent];
};

const faults: readonly (readonly [AnomalyName, string, (events: HistoryEvent[]) => unknown])[] = [
  [
    "lost write",
    "a transfer that was acknowledged is nowhere",
    (events) => {
      for (const { entries } of finals(events)) {
        const index = entries.findIndex(({ kind }) => kind === "reversal");
        if (index !== -1) open(entries).splice(index, 1);
        chain(open(entries));
      }
    },
  ],
  [
    "torn transfer",
    "one leg is missing",
    (events) => {
      open(finals(events)[1]?.entries).pop();
    },
  ],
  [
    "phantom entry",
    "an entry that nobody asked for",
    (events) => {
      const [final] = finals(events);
      open(final?.entries).push({ ...final?.entries.at(-1), transfer_id: randomUUID() });
      chain(open(final?.entries));
    },
  ],
  [
    "duplicate effect",
    "a transfer stands twice on an account",
    (events) => {
      const [final] = finals(events);
      open(final?.entries).push({ ...final?.entries.at(-1) });
      chain(open(final?.entries));
    },
  ],
  [
    "wrong entry",
    "another amount than was asked for",
    (events) => {
      open(invokeOf(events, "transfer").value).amount = 11;
    },
  ],
  [
    "lost update",
    "a balance that ignores the entry before",
    (events) => {
      open(finals(events)[0]?.entries[2]).balance_after = 95;
    },
  ],
  [
    "version gap",
    "a version is left out",
    (events) => {
      open(finals(events)[0]?.entries.at(-1)).account_version += 1;
    },
  ],
  [
    "wrong order of time",
    "an entry earlier than the one before",
    (events) => {
      open(finals(events)[0]?.entries.at(-1)).created_at = "2025-01-01T00:00:00.000000Z";
    },
  ],
  [
    "broken hash chain",
    "a changed time",
    (events) => {
      open(finals(events)[0]?.entries[0]).created_at = "2025-01-01T00:00:00.000000Z";
    },
  ],
  [
    "wrong final state",
    "the account is not what its newest entry left",
    (events) => {
      open(finals(events)[0]?.account).balance += 1;
    },
  ],
  [
    "limit exceeded",
    "a debit below the limit",
    (events) => {
      open(events[0]).accounts[0].overdraft_limit = -90;
    },
  ],
  [
    "unjustified decline",
    "a transfer declined although the money was there",
    (events) => {
      open(ends(events).find(({ type }) => type === "fail")).value.code = "insufficient_funds";
      const declined = events.findLast(
        (event) => event.type === "invoke" && open(event.value).amount === 60,
      );
      open(declined).value.amount = 55;
    },
  ],
  [
    "batch not atomic",
    "an atomic batch is posted in part",
    (events) => {
      open(endOf(events, "batch").value).outcomes[1] = {
        status: "declined",
        code: "insufficient_funds",
        transfer: null,
      };
    },
  ],
  [
    "hold ended twice",
    "a captured hold is released",
    (events) => {
      const capture = askAgain(events, "capture", { f: "release" }, { status: "released" });
      open(capture.at(-2)).key = randomUUID();
      return capture;
    },
  ],
  [
    "capture exceeds hold",
    "more is captured than was held",
    (events) => {
      open(invokeOf(events, "hold").value).amount = 19;
    },
  ],
  [
    "reversal exceeds transfer",
    "more is taken back than was moved",
    (events) => {
      open(endOf(events, "transfer").value).amount = 9;
    },
  ],
  [
    "other body accepted",
    "a key is used for two requests",
    (events) => askAgain(events, "hold", { amount: 31 }, { id: randomUUID() }),
  ],
  [
    "unstable replay",
    "a key is answered in two ways",
    (events) => askAgain(events, "transfer", {}, { id: randomUUID() }),
  ],
  [
    "unresolved",
    "nobody asked again what became of a transfer",
    (events) => {
      Object.assign(endOf(events, "transfer"), {
        type: "info",
        status: 503,
        value: "service_unavailable",
      });
    },
  ],
  [
    "server error",
    "an answer of 500",
    (events) => {
      Object.assign(endOf(events, "read_account"), {
        type: "info",
        status: 500,
        value: "internal_error",
      });
    },
  ],
  [
    "unexpected refusal",
    "a refusal that there is no reason for",
    (events) => {
      Object.assign(endOf(events, "read_account"), {
        type: "fail",
        status: 404,
        value: { code: "not_found" },
      });
    },
  ],
  [
    "wrong read",
    "a balance that the version never had",
    (events) => {
      open(endOf(events, "read_account").value).balance += 1;
    },
  ],
  [
    "wrong held",
    "a hold that a read does not show",
    (events) => {
      open(endOf(events, "read_account").value).held = 0;
    },
  ],
  [
    "impossible read",
    "an account is missing in the list",
    (events) => {
      open(endOf(events, "read_accounts").value).data.pop();
    },
  ],
  [
    "aborted read",
    "a version that did not stay",
    (events) => {
      open(endOf(events, "read_account").value).version = 99;
    },
  ],
  [
    "wrong balance at a time",
    "a balance that misses an entry of that time",
    (events) => {
      Object.assign(endOf(events, "read_balance").value, { balance: 90, version: 2 });
    },
  ],
  [
    "aborted read",
    "a statement shows an entry that did not stay",
    (events) => {
      open(endOf(events, "read_statement").value).data[0] = {
        ...open(endOf(events, "read_statement").value).data[0],
        transfer_id: randomUUID(),
      };
    },
  ],
  [
    "empty history",
    "an account was not read at the end",
    (events) => {
      events.pop();
    },
  ],
];

describe("the checker", () => {
  test("finds nothing in a sound history, and counts it", () => {
    const verdict = checkHistory(soundHistory());
    expect(verdict.anomalies).toEqual([]);
    expect(verdict).toMatchObject({ posted: 8, declined: 1, reads: 4, operations: 14 });
  });

  test.each(faults)("names it %s: %s", (name, _fault, change) => {
    const events = soundHistory();
    const changed = change(events);
    expect(namesIn(Array.isArray(changed) ? (changed as HistoryEvent[]) : events)).toContain(name);
  });

  test("takes a request that was only refused because its key is in use for no doubt, but not one without a definite answer", () => {
    const in_use = { type: "fail", status: 409, value: { code: "idempotency_key_in_use" } };
    const unknown = { type: "info", status: 503, value: "service_unavailable" };
    const namesAfter = (end: object): readonly string[] => {
      const events = askAgain(soundHistory(), "transfer", { amount: 11 }, {});
      Object.assign(events.at(-1) ?? {}, end);
      return namesIn(events);
    };
    expect(namesAfter(in_use)).toEqual([]);
    expect(namesAfter(unknown)).toEqual(["unresolved"]);
  });
});
