-- What the specifications share: a small bank, which is new for each permutation, and functions
-- that open it.
create schema isolation;

create table isolation.named (name text primary key, id uuid not null);
create table isolation.actors (name text primary key, actor bank.actor not null);

create function isolation.id(p_name text) returns uuid
  language sql stable
as $$ select id from isolation.named where name = p_name $$;

create function isolation.actor(p_name text) returns bank.actor
  language sql stable
as $$ select actor from isolation.actors where name = p_name $$;

create function isolation.open_account(p_name text, p_customer_id uuid, p_balance bigint)
  returns void
  language plpgsql volatile
as $$
declare
  v_id uuid := (bank.create_account(
    isolation.actor('admin'), p_customer_id, 'USD', p_name)).body::jsonb ->> 'id';
begin
  insert into isolation.named values (p_name, v_id);
  if p_balance > 0 then
    perform bank.credit_account(isolation.actor('admin'), 'open-' || p_name, v_id, p_balance);
  end if;
end
$$;

create function isolation.create_customer(p_name text) returns uuid
  language plpgsql volatile
as $$
declare
  v_id uuid := (bank.create_customer(
    isolation.actor('admin'), p_name, p_name || gen_random_uuid() || '@edgebank.test', 'none'
  )).body::jsonb ->> 'id';
begin
  insert into isolation.actors
  select p_name, row(id, role, customer_id, 'isolation', null)::bank.actor
    from bank.users where customer_id = v_id;
  insert into isolation.named values (p_name, v_id);
  return v_id;
end
$$;

-- Ada has a and b with 100 each and an empty z, Eve has c with 100. One transfer of 50 from c to b
-- has been made. Two holds of a for b reserve 10 each: `held`, and `late`, which has expired
-- already.
create function isolation.open() returns void
  language plpgsql volatile
as $$
declare
  v_ada uuid;
  v_eve uuid;
begin
  truncate isolation.named, isolation.actors;
  insert into isolation.actors values ('admin', row(
    bank_internal.create_admin('admin' || gen_random_uuid() || '@edgebank.test', 'none'),
    'admin', null, 'isolation', null));
  v_ada := isolation.create_customer('ada');
  v_eve := isolation.create_customer('eve');
  perform isolation.open_account(account, v_ada, balance)
     from (values ('a', 100), ('b', 100), ('z', 0)) as _ (account, balance);
  perform isolation.open_account('c', v_eve, 150);
  insert into isolation.named select 'paid', (answer.body::jsonb ->> 'id')::uuid
    from bank.create_transfer(
           isolation.actor('eve'), 'paid', isolation.id('c'), isolation.id('b'), 50) as answer;
  insert into isolation.named select 'held', (answer.body::jsonb ->> 'id')::uuid
    from bank.create_hold(
           isolation.actor('ada'), 'held', isolation.id('a'), isolation.id('b'), 10) as answer;
  insert into isolation.named select 'late', (answer.body::jsonb ->> 'id')::uuid
    from bank.create_hold(
           isolation.actor('ada'), 'late', isolation.id('a'), isolation.id('b'), 10,
           p_expires_in_seconds => 0) as answer;
end
$$;
