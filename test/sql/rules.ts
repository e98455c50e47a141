import { money_max, type AccountOptions, type Bank, type CustomerActor } from "../harness/bank.ts";
import { setCustomerStatus } from "./operations.ts";

/** What stands before money is asked for. */
export interface Setup {
  readonly debit?: AccountOptions;
  readonly credit?: AccountOptions;
  readonly is_same_account?: boolean;
  readonly is_debit_customer_frozen?: boolean;
  readonly is_credit_customer_frozen?: boolean;
  readonly amount?: number;
  readonly currency?: string;
}

/** Each rule of the ledger in its order of precedence, with what breaks it and no other. */
const rules: readonly (readonly [code: string, broken_by: Setup])[] = [
  ["same_account", { is_same_account: true }],
  ["currency_mismatch", { currency: "EUR" }],
  ["account_closed", { credit: { status: "closed" } }],
  ["account_frozen", { debit: { status: "frozen" } }],
  ["customer_frozen", { is_debit_customer_frozen: true }],
  ["insufficient_funds", { amount: 101 }],
  ["balance_out_of_range", { credit: { overdraft_limit: money_max } }],
];

/** Of two things the first one answers: all pairs of a table in order of precedence. */
export function pairsOf<One>(
  table: readonly (readonly [code: string, one: One])[],
): [string, string, One, One][] {
  return table.flatMap(([code, one], index) =>
    table
      .slice(index + 1)
      .map(([later_code, other]) => [code, later_code, one, other] as [string, string, One, One]),
  );
}

/** Every rule broken alone, and each two of them together. */
export const rule_breaks: readonly (readonly [name: string, code: string, setup: Setup])[] = [
  ...rules.map(([code, setup]) => [code, code, setup] as const),
  ...pairsOf(rules).map(
    ([code, later_code, one, other]) =>
      [`${code} before ${later_code}`, code, mergeSetups(one, other)] as const,
  ),
];

function mergeSetups(one: Setup, other: Setup): Setup {
  const debit = { ...one.debit, ...other.debit };
  const credit = { ...one.credit, ...other.credit };
  return { ...one, ...other, debit, credit };
}

/**
 * Fresh accounts of two customers as the setup says, with 100 on the debited one unless it says
 * otherwise.
 */
export async function createScene(
  bank: Bank,
  setup: Setup,
): Promise<{
  debtor: CustomerActor;
  from: string;
  to: string;
  amount: number;
  currency: string | undefined;
}> {
  const [debtor, creditor] = [await bank.createCustomer(), await bank.createCustomer()];
  const both = setup.is_same_account === true ? { ...setup.debit, ...setup.credit } : setup.debit;
  const from = await bank.createAccount(
    debtor,
    both?.status === "closed" ? both : { balance: 100, ...both },
  );
  const to =
    setup.is_same_account === true ? from : await bank.createAccount(creditor, setup.credit);
  if (setup.is_debit_customer_frozen === true)
    await setCustomerStatus(bank, debtor.customer_id, "frozen");
  if (setup.is_credit_customer_frozen === true)
    await setCustomerStatus(bank, creditor.customer_id, "frozen");
  return { debtor, from, to, amount: setup.amount ?? 10, currency: setup.currency };
}
