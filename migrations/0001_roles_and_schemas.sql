-- Who may do what. bank_owner owns everything and cannot log in; bank_api is the Worker and may only execute
-- the public functions of schema bank. Roles belong to the cluster, so a second database finds them made.

do $$
begin
  create role bank_owner nologin;
exception
  when duplicate_object or unique_violation then null;
end
$$;

do $$
begin
  create role bank_api login;
  -- On the role, because a transaction pooler forgets what a session sets. A statement may wait for locks
  -- for less time than it may run, so that a lock is reported as a lock.
  alter role bank_api set statement_timeout = '5s';
  alter role bank_api set lock_timeout = '2s';
  alter role bank_api set idle_in_transaction_session_timeout = '5s';
  alter role bank_api set search_path = pg_catalog;
exception
  when duplicate_object or unique_violation then null;
end
$$;

do $$
begin
  execute format('grant bank_owner to %I', current_user);
  execute format('grant create on database %I to bank_owner', current_database());
  execute format('grant connect on database %I to bank_api', current_database());
  execute format('revoke create, temporary on database %I from public', current_database());
  if has_database_privilege('bank_api', current_database(), 'temporary, create') then
    raise exception 'bank_api may still create objects in database %', current_database()
      using hint = 'Run the migrations as the owner of the database.';
  end if;
end
$$;

create schema bank authorization bank_owner;
create schema bank_internal authorization bank_owner;
grant usage on schema bank to bank_api;

-- PostgreSQL lets everybody execute a new function. Here nobody may until a grant says so.
alter default privileges for role bank_owner revoke execute on functions from public;
