import { randomUUID } from "node:crypto";
import { entryHash } from "../../prove/checker/statements.ts";
import type {
  AccountState,
  Answers,
  EndEvent,
  Entry,
  FinalEvent,
  HistoryEvent,
  InvokeEvent,
  Read,
  Refusal,
  TransferState,
  Write,
} from "../../prove/history/event.ts";

const step_us = 10;
const epoch_ms = Date.UTC(2026, 0, 1);
const settlement = randomUUID();

/** A bank of a page that does one thing after the other, and writes the history of it. */
export class SmallBank {
  readonly account_ids: readonly string[];
  readonly events: HistoryEvent[] = [];
  readonly #entries = new Map<string, Entry[]>();
  #time_us = 0;

  constructor(opening_balances: readonly number[]) {
    this.account_ids = opening_balances.map(() => randomUUID());
    const accounts = this.account_ids.map((id) => ({ id, overdraft_limit: 0 }));
    this.events.push({ type: "setup", index: 0, time_us: 0, process: -1, accounts });
    for (const [index, amount] of opening_balances.entries()) {
      const account_id = this.id(index);
      const request = { f: "credit", account_id, amount } as const;
      this.write(request, this.post("credit", settlement, account_id, amount));
    }
  }

  id(index: number): string {
    return this.account_ids[index] ?? "";
  }

  /** The two legs of a transfer; nobody is told of it. */
  post(
    kind: string,
    debit_account_id: string,
    credit_account_id: string,
    amount: number,
  ): TransferState {
    this.#time_us += 1;
    const id = randomUUID();
    const micros = String(this.#time_us).padStart(6, "0");
    const created_at = `${new Date(epoch_ms).toISOString().slice(0, -4)}${micros}Z`;
    const leg = (account_id: string, counterparty_account_id: string, signed: number): void => {
      if (account_id === settlement) return;
      const entries = this.entries(account_id);
      const shared = { transfer_id: id, account_id, counterparty_account_id, kind, created_at };
      entries.push({ ...shared, amount: signed, balance_after: 0, account_version: 0, hash: "" });
      chain(entries);
    };
    leg(debit_account_id, credit_account_id, -amount);
    leg(credit_account_id, debit_account_id, amount);
    return {
      id,
      kind,
      status: "posted",
      code: null,
      debit_account_id,
      credit_account_id,
      amount,
      created_at,
    };
  }

  entries(account_id: string): Entry[] {
    const entries = this.#entries.get(account_id) ?? [];
    this.#entries.set(account_id, entries);
    return entries;
  }

  transfer(from: number, to: number, amount: number): TransferState {
    const [debit_account_id, credit_account_id] = [this.id(from), this.id(to)];
    const transfer = this.post("transfer", debit_account_id, credit_account_id, amount);
    this.write({ f: "transfer", debit_account_id, credit_account_id, amount }, transfer);
    return transfer;
  }

  state(index: number, version = this.entries(this.id(index)).length, held = 0): AccountState {
    const id = this.id(index);
    const entry = this.entries(id)[version - 1];
    const { balance_after: balance = 0, hash: head_hash = null } = entry ?? {};
    return { id, balance, held, version, head_hash, overdraft_limit: 0 };
  }

  write(value: Write, answer: Answers[keyof Answers], key = randomUUID(), scope = "one"): void {
    this.#ask({ value, key, scope }, { type: "ok", status: 201, value: answer });
  }

  refuse(value: Write, refusal: Refusal): void {
    this.#ask(
      { value, key: randomUUID(), scope: "one" },
      { type: "fail", status: 422, value: refusal },
    );
  }

  read(value: Read, answer: Answers[keyof Answers]): void {
    this.#ask({ value }, { type: "ok", status: 200, value: answer });
  }

  readAll(versions?: readonly number[], held: readonly number[] = []): void {
    const data = this.account_ids.map((_, index) =>
      this.state(index, versions?.[index], held[index]),
    );
    this.read({ f: "read_accounts", customer_id: "" }, { data });
  }

  /** The history, with what is there at the end. */
  finish(held: readonly number[] = []): HistoryEvent[] {
    const finals = this.account_ids.map((id, index): FinalEvent => ({
      type: "final",
      index: 0,
      time_us: this.#time_us,
      process: -1,
      account: this.state(index, undefined, held[index]),
      entries: this.entries(id),
    }));
    return structuredClone([...this.events, ...finals]);
  }

  #ask(
    invoke: Pick<InvokeEvent, "value" | "key" | "scope">,
    end: Pick<EndEvent, "type" | "value" | "status">,
  ): void {
    const next = { process: 0, index: this.events.length };
    this.#time_us += step_us;
    this.events.push({ type: "invoke", time_us: this.#time_us, ...next, ...invoke });
    this.#time_us += step_us;
    this.events.push({ time_us: this.#time_us, ...next, ...end } as EndEvent);
  }
}

type Writable<Item> = { -readonly [Name in keyof Item]: Item[Name] };

/** Numbers, balances and hashes as they follow from the order and the amounts. */
export function chain(entries: Writable<Entry>[]): void {
  let [balance, hash]: [number, Buffer] = [0, Buffer.alloc(32)];
  for (const [index, entry] of entries.entries()) {
    balance += entry.amount;
    Object.assign(entry, { account_version: index + 1, balance_after: balance });
    hash = entryHash(hash, entry);
    entry.hash = hash.toString("hex");
  }
}
