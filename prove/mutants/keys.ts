import { mutantsOf } from "./mutant.ts";

const begin = "idempotency/begin_request.sql";

export const key_mutants = mutantsOf("migrations/functions", [
  [
    "a key is not locked",
    begin,
    "if not pg_try_advisory_xact_lock(hashtext(p_key), uuid_hash(v_scope)) then",
    "if false then",
    "races/identical-keys",
  ],
  [
    "a transfer's key is not looked up",
    begin,
    "exists (\n           select from bank.transfers\n" +
      "            where idempotency_key = p_key and idempotency_scope = v_scope)\n      or ",
    "",
    "sql/idempotency",
  ],
  [
    "the key of another operation is not looked up",
    begin,
    "\n      or exists (select from bank.idempotency_keys where scope = v_scope and key = p_key)",
    "",
    "sql/idempotency",
    "sql/key-of-operations",
  ],
  ["a disabled user may write", begin, "\n     and disabled_at is null;", ";", "sql/who-may-write"],
  [
    "a role that the user does not have may write",
    begin,
    " and role = p_actor.role",
    "",
    "sql/who-may-write",
  ],
  [
    "a customer that the user does not belong to may write",
    begin,
    " and customer_id is not distinct from p_actor.customer_id",
    "",
    "sql/who-may-write",
  ],
  [
    "another body gets the transfer of the key",
    "idempotency/replay.sql",
    "if v_transfer.request_hash <> p_request_hash then",
    "if false then",
    "sql/idempotency",
  ],
  [
    "another body gets the answer of the key",
    "idempotency/replay.sql",
    "if v_known.request_hash <> p_request_hash then",
    "if false then",
    "sql/idempotency",
    "sql/key-of-operations",
  ],
  [
    "all customers share their keys",
    "idempotency/scope_of.sql",
    "coalesce(p_actor.customer_id, p_actor.user_id)",
    "'00000000-0000-7000-8000-000000000000'::uuid",
    "sql/idempotency",
  ],
  [
    "the users of a customer do not share their keys",
    "idempotency/scope_of.sql",
    "coalesce(p_actor.customer_id, p_actor.user_id)",
    "p_actor.user_id",
    "sql/who-may-write",
  ],
  [
    "a key that is in use is an error of the server",
    "idempotency/wait_for_key.sql",
    "when lock_not_available then",
    "when division_by_zero then",
    "sql/idempotency",
    "races/identical-keys",
  ],
  [
    "a replayed hold shows what became of it",
    "idempotency/replayed_body.sql",
    "  v_hold.captured_amount := 0;\n",
    "",
    "sql/who-may-write",
  ],
]);
