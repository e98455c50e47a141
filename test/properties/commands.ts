import fc from "fast-check";
import { money_max } from "./model.ts";

/** What may happen, before it is known what exists by then: holds and transfers are any numbers. */
export type Command =
  | {
      readonly op: "settle";
      readonly kind: "credit" | "debit";
      readonly account: number;
      readonly amount: bigint;
      readonly key: number;
    }
  | {
      readonly op: "transfer";
      readonly caller: number;
      readonly item: Drawn;
      readonly currency: string | null;
      readonly key: number;
    }
  | { readonly op: "hold"; readonly caller: number; readonly item: Drawn; readonly key: number }
  | {
      readonly op: "batch";
      readonly caller: number;
      readonly items: readonly Drawn[];
      readonly is_atomic: boolean;
      readonly key: number;
    }
  | {
      readonly op: "capture";
      readonly caller: number;
      readonly hold: number;
      readonly amount: bigint | null;
      readonly key: number;
    }
  | { readonly op: "release"; readonly caller: number; readonly hold: number; readonly key: number }
  | {
      readonly op: "reverse";
      readonly transfer: number;
      readonly amount: bigint | null;
      readonly is_forced: boolean;
      readonly key: number;
    }
  | { readonly op: "expire"; readonly hold: number }
  | { readonly op: "mark" }
  | {
      readonly op: "status";
      readonly account: number;
      readonly status: "active" | "frozen" | "closed";
    }
  | { readonly op: "limit"; readonly account: number; readonly overdraft_limit: bigint }
  | { readonly op: "customer"; readonly customer: 0 | 1; readonly status: "active" | "frozen" }
  | { readonly op: "again"; readonly movement: number; readonly is_changed: boolean };

interface Drawn {
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
}

const account = fc.nat(3);
const caller = fc.nat(4);
/** Mostly keys that no other has: the low ones collide. */
const key = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 10, max: 1_000_000 }) },
  { weight: 1, arbitrary: fc.nat(2) },
);
const amount = fc.oneof(
  { weight: 12, arbitrary: fc.bigInt(1n, 120n) },
  { weight: 1, arbitrary: fc.constantFrom(money_max, money_max - 100n) },
);
const some = fc.option(fc.bigInt(1n, 120n));
const item = fc.record({ from: account, to: account, amount });
const number = fc.nat(1_000);

const weighted: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Command>])[] = [
  [
    4,
    fc.record({
      op: fc.constant("settle" as const),
      kind: fc.constantFrom("credit" as const, "debit" as const),
      account,
      amount,
      key,
    }),
  ],
  [
    5,
    fc.record({
      op: fc.constant("transfer" as const),
      caller,
      item,
      currency: fc.constantFrom(null, null, null, "USD", "EUR"),
      key,
    }),
  ],
  [
    4,
    fc.record({
      op: fc.constant("batch" as const),
      caller,
      items: fc.array(item, { minLength: 1, maxLength: 6 }),
      is_atomic: fc.boolean(),
      key,
    }),
  ],
  [6, fc.record({ op: fc.constant("hold" as const), caller, item, key })],
  [5, fc.record({ op: fc.constant("capture" as const), caller, hold: number, amount: some, key })],
  [2, fc.record({ op: fc.constant("release" as const), caller, hold: number, key })],
  [
    4,
    fc.record({
      op: fc.constant("reverse" as const),
      transfer: number,
      amount: some,
      is_forced: fc.boolean(),
      key,
    }),
  ],
  [2, fc.record({ op: fc.constant("expire" as const), hold: number })],
  [1, fc.record({ op: fc.constant("mark" as const) })],
  [
    2,
    fc.record({
      op: fc.constant("status" as const),
      account,
      status: fc.constantFrom(
        "active" as const,
        "active" as const,
        "frozen" as const,
        "closed" as const,
      ),
    }),
  ],
  [
    2,
    fc.record({
      op: fc.constant("limit" as const),
      account,
      overdraft_limit: fc.constantFrom(0n, 30n, 200n, money_max),
    }),
  ],
  [
    1,
    fc.record({
      op: fc.constant("customer" as const),
      customer: fc.constantFrom(0 as const, 1 as const),
      status: fc.constantFrom("active" as const, "frozen" as const),
    }),
  ],
  [3, fc.record({ op: fc.constant("again" as const), movement: number, is_changed: fc.boolean() })],
];

export const commands = fc.array(
  fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  { minLength: 1, maxLength: 30, size: "max" },
);
