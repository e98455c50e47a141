/**
 * The ledger as the contract describes it, in as few words as possible. The bank is compared with
 * it.
 */

export const money_max = 9_007_199_254_740_991n;

/** An admin, or the customer of that number. */
export type Caller = "admin" | 0 | 1;

interface Keyed {
  readonly caller: Caller;
  readonly key: string;
}

export interface Item {
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
}

/** What needs an idempotency key. Accounts, holds and transfers are named by their number. */
export type Movement =
  | (Keyed & { readonly op: "credit" | "debit"; readonly account: number; readonly amount: bigint })
  | (Keyed & Item & { readonly op: "transfer"; readonly currency: string | null })
  | (Keyed & Item & { readonly op: "hold" })
  | (Keyed & { readonly op: "batch"; readonly items: readonly Item[]; readonly is_atomic: boolean })
  | (Keyed & { readonly op: "capture"; readonly hold: number; readonly amount: bigint | null })
  | (Keyed & { readonly op: "release"; readonly hold: number })
  | (Keyed & {
      readonly op: "reverse";
      readonly transfer: number;
      readonly amount: bigint | null;
      readonly is_forced: boolean;
    });

/** How a call ends: refused without a trace, or answered, with null or the code of a decline. */
export interface End {
  readonly refused: string | null;
  readonly codes: readonly (string | null)[];
  readonly is_replayed: boolean;
}

export interface Account {
  readonly customer: 0 | 1;
  readonly currency: string;
  balance: bigint;
  overdraft_limit: bigint;
  status: "active" | "frozen" | "closed";
}

export interface Hold {
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
  status: "active" | "captured" | "released" | "expired";
}

interface Transfer {
  readonly kind: Movement["op"];
  readonly code: string | null;
  /** "bank" is the bank's own side. */
  readonly from: number | "bank";
  readonly to: number | "bank";
  readonly amount: bigint;
  readonly reverses: number | null;
}

const refused = (code: string): End => ({ refused: code, codes: [], is_replayed: false });
const ended = (...codes: (string | null)[]): End => ({ refused: null, codes, is_replayed: false });

export class Model {
  readonly accounts: Account[];
  readonly customers: ("active" | "frozen")[] = ["active", "active"];
  readonly holds: Hold[] = [];
  readonly transfers: Transfer[] = [];
  readonly #answers = new Map<string, { readonly request: string; readonly end: End }>();

  constructor(accounts: readonly Account[]) {
    this.accounts = accounts.map((account) => ({ ...account }));
  }

  held(account: number): bigint {
    return this.holds
      .filter(({ from, status }) => from === account && status === "active")
      .reduce((sum, { amount }) => sum + amount, 0n);
  }

  available(number: number): bigint {
    const { balance, overdraft_limit } = this.#account(number);
    return balance - this.held(number) + overdraft_limit;
  }

  /** A key does once what it is first asked for. What is refused claims no key. */
  move(movement: Movement): End {
    const { caller, key, ...rest } = movement;
    const scope = `${String(caller)} ${key}`;
    const request = JSON.stringify(rest, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    const known = this.#answers.get(scope);
    if (known !== undefined)
      return known.request === request
        ? { ...known.end, is_replayed: true }
        : refused("idempotency_key_reused");
    const end = this.#decide(movement);
    if (end.refused === null) this.#answers.set(scope, { request, end });
    return end;
  }

  #decide(movement: Movement): End {
    switch (movement.op) {
      case "credit":
        return this.#post(movement, {
          from: "bank",
          to: movement.account,
          amount: movement.amount,
        });
      case "debit":
        return this.#post(movement, {
          from: movement.account,
          to: "bank",
          amount: movement.amount,
        });
      case "transfer":
        if (!this.#mayDebit(movement.caller, movement.from)) return refused("not_found");
        return this.#post(
          movement,
          movement,
          this.#refusal(movement, { currency: movement.currency }),
        );
      case "hold":
        return this.#hold(movement);
      case "batch":
        return this.#batch(movement);
      case "capture":
        return this.#capture(movement);
      case "release":
        return this.#release(movement);
      case "reverse":
        return this.#reverse(movement);
    }
  }

  #hold({ caller, from, to, amount }: Extract<Movement, { op: "hold" }>): End {
    if (!this.#mayDebit(caller, from)) return refused("not_found");
    const code = this.#refusal({ from, to, amount });
    if (code === null) this.holds.push({ from, to, amount, status: "active" });
    return ended(code);
  }

  #batch(movement: Extract<Movement, { op: "batch" }>): End {
    const [accounts, count] = [
      this.accounts.map((account) => ({ ...account })),
      this.transfers.length,
    ];
    const codes = movement.items.map((item) =>
      this.#mayDebit(movement.caller, item.from)
        ? (this.#post(movement, item).codes[0] ?? null)
        : "not_found",
    );
    if (!movement.is_atomic || codes.every((code) => code === null)) return ended(null, ...codes);
    this.transfers.splice(count);
    for (const [number, account] of accounts.entries()) this.accounts[number] = account;
    return ended("batch_declined", ...codes.map((code) => code ?? "batch_declined"));
  }

  #capture(movement: Extract<Movement, { op: "capture" }>): End {
    const hold = this.holds[movement.hold];
    if (hold === undefined || !this.#mayDebit(movement.caller, hold.from))
      return refused("not_found");
    const order = { ...hold, amount: movement.amount ?? hold.amount };
    const code =
      hold.status !== "active"
        ? "hold_not_active"
        : order.amount > hold.amount
          ? "capture_exceeds_hold"
          : this.#refusal(order, { is_funded: true, freed: hold.amount });
    if (code === null) hold.status = "captured";
    return this.#post(movement, order, code);
  }

  #release({ caller, hold: number }: Extract<Movement, { op: "release" }>): End {
    const hold = this.holds[number];
    if (hold === undefined || !this.#mayDebit(caller, hold.from)) return refused("not_found");
    if (hold.status !== "active") return ended("hold_not_active");
    hold.status = "released";
    return ended(null);
  }

  #reverse(movement: Extract<Movement, { op: "reverse" }>): End {
    const original = this.transfers[movement.transfer];
    if (original === undefined) return refused("not_found");
    const taken = this.transfers
      .filter(({ reverses, code }) => reverses === movement.transfer && code === null)
      .reduce((sum, { amount }) => sum + amount, 0n);
    const rest = original.amount - taken;
    const amount = movement.amount ?? (rest === 0n ? original.amount : rest);
    const order = { from: original.to, to: original.from, amount };
    const code =
      original.code !== null || original.kind === "reverse"
        ? "transfer_not_reversible"
        : amount > rest
          ? "reversal_exceeds_transfer"
          : this.#refusal(order, { is_funded: movement.is_forced });
    return this.#post(movement, order, code, movement.transfer);
  }

  /** Moves the money, unless there is a code, and remembers the transfer either way. */
  #post(
    movement: Movement,
    { from, to, amount }: Pick<Transfer, "from" | "to" | "amount">,
    code = this.#refusal({ from, to, amount }),
    reverses: number | null = null,
  ): End {
    this.transfers.push({ kind: movement.op, code, from, to, amount, reverses });
    if (code === null && from !== "bank") this.#account(from).balance -= amount;
    if (code === null && to !== "bank") this.#account(to).balance += amount;
    return ended(code);
  }

  /** The first rule, in order of precedence, that forbids it. */
  #refusal(
    { from, to, amount }: Pick<Transfer, "from" | "to" | "amount">,
    { currency = null as string | null, is_funded = false, freed = 0n } = {},
  ): string | null {
    const [debit, credit] = [this.#side(from), this.#side(to)];
    const left =
      debit === null || from === "bank" ? 0n : debit.balance - this.held(from) + freed - amount;
    if (from === to) return "same_account";
    if (debit !== null && credit !== null && debit.currency !== credit.currency)
      return "currency_mismatch";
    if (currency !== null && currency !== (debit ?? credit)?.currency) return "currency_mismatch";
    if (debit?.status === "closed" || credit?.status === "closed") return "account_closed";
    if (debit?.status === "frozen") return "account_frozen";
    if (debit !== null && this.customers[debit.customer] === "frozen") return "customer_frozen";
    if (debit !== null && !is_funded && left < -debit.overdraft_limit) return "insufficient_funds";
    if (left < -money_max) return "balance_out_of_range";
    if (credit !== null && credit.balance + amount + credit.overdraft_limit > money_max)
      return "balance_out_of_range";
    return null;
  }

  /** Closed is for ever; closing needs balance 0 and no hold, and ends the overdraft. */
  change(
    number: number,
    change: { status?: Account["status"]; overdraft_limit?: bigint },
  ): string | null {
    const account = this.#account(number);
    if (account.status === "closed") return "account_closed";
    if (change.status === "closed" && (account.balance !== 0n || this.held(number) !== 0n))
      return "account_not_empty";
    if (account.balance + (change.overdraft_limit ?? 0n) > money_max) return "balance_out_of_range";
    Object.assign(account, change, change.status === "closed" ? { overdraft_limit: 0n } : {});
    return null;
  }

  #mayDebit(caller: Caller, number: number): boolean {
    return caller === "admin" || this.#account(number).customer === caller;
  }

  #side(number: number | "bank"): Account | null {
    return number === "bank" ? null : this.#account(number);
  }

  #account(number: number): Account {
    const account = this.accounts[number];
    if (account === undefined) throw new Error(`There is no account ${String(number)}.`);
    return account;
  }
}
