import { mutantsOf } from "./mutant.ts";

const update_account = "accounts/update_account.sql";
const update_customer = "customers/update_customer.sql";

export const account_mutants = mutantsOf("migrations/functions", [
  [
    "a closed account is opened again",
    update_account,
    "when v_before.status = 'closed' then",
    "when false then",
    "sql/update-account",
  ],
  [
    "an account with money is closed",
    update_account,
    "v_before.balance <> 0 or ",
    "",
    "sql/update-account",
  ],
  [
    "an account with a hold is closed",
    update_account,
    " or bank_internal.held_at(p_account_id, clock_timestamp()) > 0",
    "",
    "sql/update-account",
  ],
  [
    "an account is changed without its lock",
    update_account,
    "and kind = 'customer' for no key update;",
    "and kind = 'customer';",
    "races/close-against-credit",
  ],
  [
    "a limit may go beyond the largest number",
    update_account,
    "> 9007199254740991\n",
    "> 9007199254740992\n",
    "sql/update-account",
  ],
  [
    "what was overdrawn before a lower limit is not noted",
    update_account,
    "permitted_floor = balance,",
    "permitted_floor = permitted_floor,",
    "sql/update-account",
  ],
  [
    "a freeze does not reach the accounts",
    update_customer,
    "set customer_is_frozen = v_after.status = 'frozen'",
    "set customer_is_frozen = false",
    "sql/update-customer",
  ],
  [
    "an account opened under a freeze is not frozen",
    "accounts/create_account.sql",
    "v_customer.status = 'frozen',",
    "false,",
    "sql/create-account",
    "sql/update-customer",
  ],
  [
    "an account may be opened past a freeze under way",
    "accounts/create_account.sql",
    "where id = p_customer_id for share;",
    "where id = p_customer_id;",
    "races/freeze-against-debit",
    "sql/create-account",
  ],
  [
    "an internal account may be credited",
    "accounts/settle.sql",
    "where id = p_account_id and kind = 'customer' for no key update",
    "where id = p_account_id for no key update",
    "sql/credit-account",
    "sql/settlement",
  ],
  [
    "the account's ETag is judged without its lock",
    "accounts/settle.sql",
    "and kind = 'customer' for no key update",
    "and kind = 'customer'",
    "races/same-etag",
  ],
  [
    "a customer may credit its account",
    "accounts/settle.sql",
    "perform bank_internal.require_admin(p_actor);",
    "perform bank_internal.require_actor(p_actor);",
    "sql/credit-account",
    "sql/debit-account",
  ],
  [
    "anybody may see an account",
    "accounts/require_account.sql",
    "or not bank_internal.may_see_customer(p_actor, v_account.customer_id)",
    "",
    "sql/get-account",
  ],
  [
    "a list shows the accounts of another customer",
    "accounts/list_accounts.sql",
    "    perform bank_internal.require_customer(p_actor, v_customer_id);\n",
    "",
    "sql/list-accounts",
  ],
]);
