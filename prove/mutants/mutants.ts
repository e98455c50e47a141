import { access_mutants } from "./access.ts";
import { account_mutants } from "./accounts.ts";
import { audit_mutants } from "./audit.ts";
import { batch_mutants } from "./batches.ts";
import { hold_mutants } from "./holds.ts";
import { key_mutants } from "./keys.ts";
import type { Mutant } from "./mutant.ts";
import { read_mutants } from "./reads.ts";
import { reversal_and_list_mutants } from "./reversals-and-lists.ts";
import { transfer_rule_mutants } from "./transfer-rules.ts";
import { transfer_mutants } from "./transfers.ts";

/** In the order in which they run. The short form takes a few of them at equal distances. */
export const mutants: readonly Mutant[] = [
  ...transfer_mutants,
  ...transfer_rule_mutants,
  ...reversal_and_list_mutants,
  ...batch_mutants,
  ...hold_mutants,
  ...key_mutants,
  ...account_mutants,
  ...read_mutants,
  ...access_mutants,
  ...audit_mutants,
];
