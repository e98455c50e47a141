-- Short names for the calls that a session makes on the bank of world.sql.

-- The outcome of a call: `done`, or the code of the refusal.
create function isolation.outcome(p_answer bank.answer) returns text
  language sql immutable
as $$ select coalesce(p_answer.code, 'done') $$;

create function isolation.transfer(p_who text, p_key text, p_from text, p_to text, p_amount bigint)
  returns text
  language sql volatile
as $$
  select isolation.outcome(bank.create_transfer(
    isolation.actor(p_who), p_key, isolation.id(p_from), isolation.id(p_to), p_amount))
$$;

create function isolation.item(p_from text, p_to text, p_amount bigint) returns jsonb
  language sql stable
as $$
  select jsonb_build_object(
    'debit_account_id', isolation.id(p_from), 'credit_account_id', isolation.id(p_to),
    'amount', p_amount)
$$;

create function isolation.batch(p_who text, p_key text, p_atomic boolean, variadic p_items jsonb[])
  returns text
  language sql volatile
as $$
  select isolation.outcome(bank.create_transfers(
    isolation.actor(p_who), p_key, to_jsonb(p_items), p_atomic))
$$;

create function isolation.gather(p_who text, p_key text, p_from text, p_to text, p_amount bigint)
  returns text
  language sql volatile
as $$
  select string_agg(
           case when answer.body is null then 'alone' else isolation.outcome(answer) end, ' ')
    from bank.gather_transfers(jsonb_build_array(
      isolation.item(p_from, p_to, p_amount) || to_jsonb(isolation.actor(p_who))
        || jsonb_build_object('idempotency_key', p_key))) as answer
$$;

create function isolation.hold(p_who text, p_key text, p_from text, p_to text, p_amount bigint)
  returns text
  language sql volatile
as $$
  select isolation.outcome(bank.create_hold(
    isolation.actor(p_who), p_key, isolation.id(p_from), isolation.id(p_to), p_amount))
$$;

create function isolation.capture(p_who text, p_key text, p_hold text, p_amount bigint default null)
  returns text
  language sql volatile
as $$
  select isolation.outcome(bank.capture_hold(
    isolation.actor(p_who), p_key, isolation.id(p_hold), p_amount))
$$;

create function isolation.release(p_who text, p_key text, p_hold text) returns text
  language sql volatile
as $$
  select isolation.outcome(bank.release_hold(
    isolation.actor(p_who), p_key, isolation.id(p_hold)))
$$;

create function isolation.reverse(p_key text, p_transfer text, p_amount bigint default null)
  returns text
  language sql volatile
as $$
  select isolation.outcome(bank.reverse_transfer(
    isolation.actor('admin'), p_key, isolation.id(p_transfer), p_amount))
$$;

create function isolation.credit(p_key text, p_account text, p_amount bigint) returns text
  language sql volatile
as $$
  select isolation.outcome(bank.credit_account(
    isolation.actor('admin'), p_key, isolation.id(p_account), p_amount))
$$;

create function isolation.debit(p_key text, p_account text, p_amount bigint) returns text
  language sql volatile
as $$
  select isolation.outcome(bank.debit_account(
    isolation.actor('admin'), p_key, isolation.id(p_account), p_amount))
$$;

create function isolation.set_account(
  p_account text, p_status text default null, p_limit bigint default null
) returns text
  language sql volatile
as $$
  select isolation.outcome(bank.update_account(
    isolation.actor('admin'), isolation.id(p_account), null, p_limit, p_status))
$$;

create function isolation.set_customer(p_customer text, p_status text) returns text
  language sql volatile
as $$
  select isolation.outcome(bank.update_customer(
    isolation.actor('admin'), isolation.id(p_customer), null, p_status))
$$;

create function isolation.expire() returns text
  language sql volatile
as $$ select isolation.outcome(bank.expire_holds('00000000-0000-0000-0000-000000000000')) $$;

-- Whether the account's balance, its statement and the balance as of now are those of one moment.
create function isolation.read(p_who text, p_account text) returns text
  language sql volatile
as $$
  select isolation.outcome(bank.get_balance(isolation.actor(p_who), isolation.id(p_account)))
$$;
