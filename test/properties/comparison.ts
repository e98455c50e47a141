import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Actor, Answer, Bank, CustomerActor } from "../harness/bank.ts";
import { expireHold } from "../sql/holds.ts";
import { setCustomerStatus, updateAccount } from "../sql/operations.ts";
import { refusal } from "../sql/refusals.ts";
import type { Command } from "./commands.ts";
import { Model, type Account, type Caller, type End, type Item, type Movement } from "./model.ts";

const beginnings: readonly Account[] = [
  { customer: 0, currency: "USD", balance: 200n, overdraft_limit: 0n, status: "active" },
  { customer: 0, currency: "USD", balance: 0n, overdraft_limit: 50n, status: "active" },
  { customer: 1, currency: "USD", balance: 100n, overdraft_limit: 0n, status: "active" },
  { customer: 1, currency: "EUR", balance: 100n, overdraft_limit: 0n, status: "active" },
];

/** A bank and the model of it, to which the same things happen. */
export class Comparison {
  readonly #bank: Bank;
  readonly #actors: readonly [CustomerActor, CustomerActor];
  readonly #admin: Actor;
  readonly #accounts: readonly string[];
  readonly #holds: string[] = [];
  readonly #transfers: string[] = [];
  readonly #movements: { readonly movement: Movement; readonly text: string | null }[] = [];
  readonly #model = new Model(beginnings);
  readonly #run = randomUUID();

  private constructor(
    bank: Bank,
    actors: readonly [CustomerActor, CustomerActor],
    admin: Actor,
    accounts: readonly string[],
  ) {
    this.#bank = bank;
    this.#actors = actors;
    this.#admin = admin;
    this.#accounts = accounts;
  }

  static async begin(bank: Bank): Promise<Comparison> {
    const actors = [await bank.createCustomer(), await bank.createCustomer()] as const;
    const accounts: string[] = [];
    for (const { customer, currency, balance, overdraft_limit } of beginnings) {
      const options = {
        currency,
        balance: Number(balance),
        overdraft_limit: Number(overdraft_limit),
      };
      accounts.push(await bank.createAccount(actors[customer], options));
    }
    return new Comparison(bank, actors, await bank.admin(), accounts);
  }

  async take(command: Command): Promise<void> {
    switch (command.op) {
      case "expire":
        return this.#expire(command.hold);
      case "mark":
        await this.#bank.call("expire_holds", { p_limit: 1_000 });
        return;
      case "status":
        return this.#change(command.account, { status: command.status });
      case "limit":
        return this.#change(command.account, { overdraft_limit: command.overdraft_limit });
      case "customer":
        this.#model.customers[command.customer] = command.status;
        await setCustomerStatus(
          this.#bank,
          this.#actors[command.customer].customer_id,
          command.status,
        );
        return;
      case "again":
        return this.#again(command);
      default: {
        const movement = this.#movementOf(command);
        if (movement !== null) await this.#move(movement);
      }
    }
  }

  /** Both say the same of every account and every hold. */
  async compare(): Promise<void> {
    const read = await this.#bank.sql<{ body: string }>(
      "select (bank.get_account(jsonb_populate_record(null::bank.actor, $1::jsonb), " +
        "id)).body from unnest($2::uuid[]) with ordinality as asked (id, number) " +
        "order by number",
      [JSON.stringify(this.#admin), this.#accounts],
    );
    const accounts = read.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(
      accounts.map(({ balance, held, available, overdraft_limit, status }) => ({
        balance,
        held,
        available,
        overdraft_limit,
        status,
      })),
    ).toEqual(
      this.#model.accounts.map(({ balance, overdraft_limit, status }, number) => ({
        balance: Number(balance),
        held: Number(this.#model.held(number)),
        available: Number(this.#model.available(number)),
        overdraft_limit: Number(overdraft_limit),
        status,
      })),
    );
    const holds = await this.#bank.sql<{ status: string }>(
      "select (bank.get_hold(jsonb_populate_record(null::bank.actor, $1::jsonb), " +
        "id)).body::json ->> 'status' as status " +
        "from unnest($2::uuid[]) with ordinality as asked (id, number) order by number",
      [JSON.stringify(this.#admin), this.#holds],
    );
    expect(holds.map(({ status }) => status)).toEqual(
      this.#model.holds.map(({ status }) => status),
    );
  }

  /** The bank has stored nothing that the model does not know, and the ledger has no violation. */
  async finish(): Promise<void> {
    const [stored] = await this.#bank.sql(
      "select count(*)::int as transfers, count(*) filter (where status = 'posted')::int as " +
        "posted from bank.transfers " +
        "where debit_account_id = any ($1) or credit_account_id = any ($1)",
      [this.#accounts],
    );
    const funded = beginnings.filter(({ balance }) => balance > 0n).length;
    const posted = this.#model.transfers.filter(({ code }) => code === null).length;
    expect(stored).toEqual({
      transfers: this.#model.transfers.length + funded,
      posted: posted + funded,
    });
    expect(await this.#bank.verify()).toEqual([]);
  }

  #movementOf(
    command: Exclude<
      Command,
      { op: "expire" | "mark" | "status" | "limit" | "customer" | "again" }
    >,
  ): Movement | null {
    const key = `${this.#run}-${String(command.key)}`;
    if (command.op === "settle") {
      const { kind, account, amount } = command;
      return { op: kind, account, amount, caller: "admin", key };
    }
    if (command.op === "reverse") {
      const { amount, is_forced } = command;
      const transfer = command.transfer % this.#transfers.length;
      return this.#transfers.length === 0
        ? null
        : { op: "reverse", transfer, amount, is_forced, caller: "admin", key };
    }
    if (command.op === "capture" || command.op === "release") {
      const { length } = this.#holds;
      const hold = command.hold % length;
      if (length === 0) return null;
      const caller = this.#callerOf(command.caller, this.#model.holds[hold]?.from ?? 0);
      return command.op === "release"
        ? { op: "release", hold, caller, key }
        : { op: "capture", hold, amount: command.amount, caller, key };
    }
    if (command.op === "batch") {
      const { items, is_atomic } = command;
      return {
        op: "batch",
        items,
        is_atomic,
        caller: this.#callerOf(command.caller, items[0]?.from ?? 0),
        key,
      };
    }
    const caller = this.#callerOf(command.caller, command.item.from);
    return command.op === "hold"
      ? { op: "hold", ...command.item, caller, key }
      : { op: "transfer", ...command.item, currency: command.currency, caller, key };
  }

  /** Mostly the owner, now and then an admin or a stranger. */
  #callerOf(drawn: number, account: number): Caller {
    const { customer } = this.#model.accounts[account] ?? { customer: 0 };
    return drawn === 4 ? "admin" : drawn === 3 ? (customer === 0 ? 1 : 0) : customer;
  }

  async #again({ movement: number, is_changed }: Extract<Command, { op: "again" }>): Promise<void> {
    const known = this.#movements[number % this.#movements.length];
    if (known === undefined) return;
    const { movement } = known;
    const answer = await this.#move(is_changed ? changeOf(movement) : movement);
    if (answer?.replayed === true)
      expect(withoutExpiry(answer.text)).toBe(withoutExpiry(known.text));
  }

  async #move(movement: Movement): Promise<Answer | null> {
    const end = this.#model.move(movement);
    const call = this.#call(movement);
    if (end.refused !== null) {
      expect(await refusal(call), describe(movement)).toEqual({ code: end.refused });
      return null;
    }
    const answer = await call;
    expect(endOf(movement, answer), describe(movement)).toEqual(end);
    if (!answer.replayed) {
      this.#movements.push({ movement, text: answer.text });
      this.#remember(movement, answer);
    }
    expect([this.#holds.length, this.#transfers.length]).toEqual([
      this.#model.holds.length,
      this.#model.transfers.length,
    ]);
    return answer;
  }

  #remember(movement: Movement, { body, code }: Answer): void {
    if (movement.op === "hold") {
      if (code === null) this.#holds.push(body.id as string);
    } else if (movement.op === "batch") {
      for (const { transfer } of body.outcomes as { transfer: { id: string } | null }[])
        if (transfer !== null) this.#transfers.push(transfer.id);
      // An item that was not found has no transfer; the model leaves it out as well.
    } else if (movement.op !== "release")
      this.#transfers.push((body.id ?? body.transfer_id) as string);
  }

  #call(movement: Movement): Promise<Answer> {
    const { caller } = movement;
    const common = {
      p_actor: caller === "admin" ? this.#admin : this.#actors[caller],
      p_idempotency_key: movement.key,
    };
    const call = (name: string, named: Record<string, unknown>) =>
      this.#bank.call(name, { ...common, ...named });
    switch (movement.op) {
      case "credit":
      case "debit":
        return call(`${movement.op}_account`, {
          p_account_id: this.#accounts[movement.account],
          p_amount: String(movement.amount),
        });
      case "transfer":
        return call("create_transfer", { ...this.#order(movement), p_currency: movement.currency });
      case "hold":
        return call("create_hold", this.#order(movement));
      case "batch":
        return call("create_transfers", {
          p_transfers: movement.items.map(({ from, to, amount }) => ({
            debit_account_id: this.#accounts[from],
            credit_account_id: this.#accounts[to],
            amount: Number(amount),
          })),
          p_atomic: movement.is_atomic,
        });
      case "capture":
        return call("capture_hold", {
          p_hold_id: this.#holds[movement.hold],
          p_amount: text(movement.amount),
        });
      case "release":
        return call("release_hold", { p_hold_id: this.#holds[movement.hold] });
      case "reverse":
        return call("reverse_transfer", {
          p_transfer_id: this.#transfers[movement.transfer],
          p_amount: text(movement.amount),
          p_force: movement.is_forced,
        });
    }
  }

  #order({ from, to, amount }: Item): Record<string, unknown> {
    return {
      p_debit_account_id: this.#accounts[from],
      p_credit_account_id: this.#accounts[to],
      p_amount: String(amount),
    };
  }

  async #expire(number: number): Promise<void> {
    const index = number % this.#holds.length;
    const [hold, id] = [this.#model.holds[index], this.#holds[index]];
    if (hold === undefined || id === undefined) return;
    if (hold.status === "active") hold.status = "expired";
    await expireHold(this.#bank, id);
  }

  async #change(
    number: number,
    change: { status?: Account["status"]; overdraft_limit?: bigint },
  ): Promise<void> {
    const code = this.#model.change(number, change);
    const answer = await updateAccount(this.#bank, this.#accounts[number] ?? "", {
      p_status: change.status,
      p_overdraft_limit:
        change.overdraft_limit === undefined ? undefined : String(change.overdraft_limit),
    });
    expect(answer.code).toBe(code);
  }
}

/** Another request by the same key, where there is one that differs in one member. */
function changeOf(movement: Movement): Movement {
  if (movement.op === "batch") return { ...movement, is_atomic: !movement.is_atomic };
  return "amount" in movement ? { ...movement, amount: (movement.amount ?? 0n) + 1n } : movement;
}

const text = (amount: bigint | null): string | undefined =>
  amount === null ? undefined : String(amount);

function endOf(movement: Movement, { code, body, replayed }: Answer): End {
  const items: { code: string | null }[] = movement.op === "batch" ? body.outcomes : [];
  return { refused: null, codes: [code, ...items.map((item) => item.code)], is_replayed: replayed };
}

const describe = (movement: Movement): string =>
  JSON.stringify(movement, (_, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );

/**
 * The command `expire` moves a hold's expiry by hand, which nothing else ever does; a replay is
 * made from the row.
 */
function withoutExpiry(text: string | null): string | undefined {
  return text?.replace(/"expires_at" : "[^"]*"/, "");
}
