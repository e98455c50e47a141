/** A fault in one function of the database: a text of its file, and the text that replaces it. */
export interface SqlFault {
  readonly name: string;
  /** Below `migrations/functions/`. */
  readonly file: string;
  readonly changes: readonly (readonly [text: string, instead: string])[];
  /** The profile in which the fault shows, if not `mixed`. */
  readonly profile?: "hot" | "keys" | "batches";
}

const post_transfer = "transfers/post_transfer.sql";

export const sql_faults: readonly SqlFault[] = [
  {
    name: "accounts are not locked",
    file: post_transfer,
    changes: [["for no key update", ""]],
    profile: "hot",
  },
  {
    name: "money is counted before the lock",
    file: post_transfer,
    changes: [
      [
        "  v_unstored jsonb;\nbegin\n",
        "  v_unstored jsonb;\n  v_unlocked bank.accounts;\nbegin\n" +
          "  select * into v_unlocked from bank.accounts where id = p_debit_account_id;\n" +
          "  perform pg_sleep(0.002);\n",
      ],
      ["bank_internal.refusal_of(\n    v_debit,", "bank_internal.refusal_of(\n    v_unlocked,"],
    ],
    profile: "hot",
  },
  {
    name: "the clock is read before the lock",
    file: post_transfer,
    changes: [["bank_internal.time_after(v_debit, v_credit)", "statement_timestamp()"]],
    profile: "hot",
  },
  {
    name: "only the debit is booked",
    file: "transfers/decide.sql",
    changes: [["p_credit.balance + p_amount, bank_internal", "p_credit.balance, bank_internal"]],
  },
  {
    name: "the credit is booked twice",
    file: "transfers/decide.sql",
    changes: [
      [
        "p_credit.balance + p_amount, bank_internal",
        "p_credit.balance + 2 * p_amount, bank_internal",
      ],
    ],
  },
  {
    name: "a version is left out",
    file: "transfers/decide.sql",
    changes: [
      ["    p_credit.version + 1, p_credit.balance", "    p_credit.version + 2, p_credit.balance"],
    ],
  },
  {
    name: "the hash leaves a field out",
    file: "entries/entry_hash.sql",
    changes: [
      [
        "|| uuid_send(p_account_id) || uuid_send(p_counterparty_account_id)",
        "|| uuid_send(p_account_id)",
      ],
    ],
  },
  {
    name: "one unit below the limit is allowed",
    file: "transfers/refusal_of.sql",
    changes: [["< -p_debit.overdraft_limit and", "< -p_debit.overdraft_limit - 1 and"]],
  },
  {
    name: "the last unit is refused",
    file: "transfers/refusal_of.sql",
    changes: [["< -p_debit.overdraft_limit and", "<= -p_debit.overdraft_limit and"]],
  },
  {
    name: "held money does not count",
    file: "transfers/refusal_of.sql",
    changes: [
      [
        "p_debit.held - p_amount < -p_debit.overdraft_limit",
        "0 - p_amount < -p_debit.overdraft_limit",
      ],
    ],
  },
  {
    name: "the key is not looked up",
    file: "idempotency/begin_request.sql",
    changes: [["return v_is_known;", "return false;"]],
    profile: "keys",
  },
  {
    name: "a key is not locked",
    file: "idempotency/begin_request.sql",
    changes: [
      [
        "if not pg_try_advisory_xact_lock(hashtext(p_key), uuid_hash(v_scope)) then",
        "if false then",
      ],
    ],
    profile: "keys",
  },
  {
    name: "the body is not compared",
    file: "idempotency/replay.sql",
    changes: [[".request_hash <> p_request_hash", ".request_hash is null"]],
    profile: "keys",
  },
  {
    name: "all callers share their keys",
    file: "idempotency/scope_of.sql",
    changes: [
      [
        "coalesce(p_actor.customer_id, p_actor.user_id)",
        "'00000000-0000-7000-8000-000000000000'::uuid",
      ],
    ],
    profile: "keys",
  },
  {
    name: "an atomic batch posts what it can",
    file: "transfers/create_transfers.sql",
    changes: [["if p_atomic and", "if false and"]],
  },
  {
    name: "an item does not see the one before",
    file: "transfers/decide_transfers.sql",
    changes: [["o_accounts[v_debit_place] := v_debit;", "null;"]],
  },
  {
    name: "a captured hold stays active",
    file: "holds/capture_hold.sql",
    changes: [["if v_answer.code is null then", "if false then"]],
  },
  {
    name: "a hold can be released twice",
    file: "holds/release_hold.sql",
    changes: [["if bank_internal.hold_status(v_hold, v_at) = 'active' then", "if true then"]],
  },
  {
    name: "reversals are not added up",
    file: "transfers/reverse_transfer.sql",
    changes: [["when v_amount > v_reversible then", "when false then"]],
  },
  {
    name: "a balance is one entry old",
    file: "entries/get_balance.sql",
    changes: [
      ["v_version := v_account.version;", "v_version := greatest(v_account.version - 1, 0);"],
      [
        "v_balance := v_account.balance;",
        "v_balance := bank_internal.balance_of_version(p_account_id, v_version);",
      ],
    ],
  },
  {
    name: "a list is read at several moments",
    file: "accounts/account_json.sql",
    changes: [
      ["language plpgsql stable", "language plpgsql volatile"],
      [
        "begin\n",
        "begin\n  perform pg_sleep(0.001);\n" +
          "  select * into p_account from bank.accounts where id = p_account.id;\n" +
          "  v_balance := p_account.balance;\n",
      ],
    ],
  },
];
