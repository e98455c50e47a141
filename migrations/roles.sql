-- Who may do what. This file runs on every migrate, because roles belong to the server and not to
-- the database: they may already exist, another bank on the server may have created them, and a
-- restored dump does not contain them. What is already right is not changed. Each change is a
-- notice with SQLSTATE EBROL, which migrate prints.
--
-- bank_owner owns everything and cannot log in. bank_api may execute the public functions of schema
-- bank and nothing else. The Worker logs in as bank_api, or as a role that is a member of bank_api
-- and of nothing else.

do $$
begin
  if to_regrole('bank_owner') is null then
    create role bank_owner nologin;
  end if;
  if to_regrole('bank_api') is null then
    create role bank_api login;
  end if;
  -- Tables and functions are created as bank_owner.
  begin
    set local role bank_owner;
    set local role none;
  exception
    when insufficient_privilege then
      execute format('grant bank_owner to %I', current_user);
  end;
end
$$;

-- The limits are settings of the role, because a transaction pooler forgets what a session sets.
-- lock_timeout is shorter than statement_timeout, so that a lock is reported as a lock. The
-- functions rely on read committed.
--
-- Members do not inherit settings, so each login role has its own. A setting of a role takes
-- precedence over one of the database. Only a setting of the role in this database takes precedence
-- over both, so that one is cleared.
do $$
declare
  v_role text;
  v_name text;
  v_value text;
  v_change text;
begin
  for v_role, v_name, v_value, v_change in
    with worker as (
      select oid, rolname from pg_catalog.pg_roles where rolname = 'bank_api'
      union
      select member.oid, member.rolname
        from pg_catalog.pg_auth_members as membership
        join pg_catalog.pg_roles as member on member.oid = membership.member
       where membership.roleid = 'bank_api'::regrole and not membership.admin_option
         and member.rolname <> current_user and member.rolcanlogin
         and not (member.rolsuper or member.rolcreaterole or member.rolcreatedb)
         and not exists (select from pg_catalog.pg_auth_members as other
                          where other.member = member.oid and other.roleid <> 'bank_api'::regrole)
    ), wanted (name, value) as (
      values ('statement_timeout', '5s'), ('lock_timeout', '2s'),
             ('idle_in_transaction_session_timeout', '5s'),
             ('search_path', 'pg_catalog'), ('default_transaction_isolation', 'read committed')
    ), present as (
      select setrole, setdatabase, setting
        from pg_catalog.pg_db_role_setting cross join unnest(setconfig) as setting
       where setdatabase in (
         0, (select oid from pg_catalog.pg_database where datname = current_database()))
    )
    select rolname, name, value, change
      from worker cross join wanted cross join (values ('set'), ('clear')) as possible (change)
     where case change
             when 'set' then not exists (select from present
                                          where setrole = oid and setdatabase = 0
                                            and setting = name || '=' || value)
             else exists (select from present
                           where setrole = oid and setdatabase <> 0
                             and starts_with(setting, name || '='))
           end
     order by rolname, name, change
  loop
    begin
      if v_change = 'set' then
        execute format('alter role %I set %I = %L', v_role, v_name, v_value);
        raise notice '% has % = %', v_role, v_name, v_value using errcode = 'EBROL';
      else
        execute format('alter role %I in database %I reset %I', v_role, current_database(), v_name);
        raise notice '% has no other % in this database', v_role, v_name using errcode = 'EBROL';
      end if;
    exception
      when insufficient_privilege then
        -- Another bank's login role is not ours to change, and nothing here depends on it.
        if v_role <> 'bank_api' then
          raise notice '% lacks % = %, and % may not set it', v_role, v_name, v_value, current_user
            using errcode = 'EBROL';
          continue;
        end if;
        raise exception '% lacks % = %, and % may not set it.',
          v_role, v_name, v_value, current_user
          using hint = format(
            'Run as an administrator: alter role %I set %I = %L; '
            'alter role %1$I in database %4$I reset %2$I;',
            v_role, v_name, v_value, current_database());
    end;
  end loop;
end
$$;

do $$
declare
  v_database constant text := current_database();
begin
  if not has_database_privilege('bank_owner', v_database, 'create') then
    execute format('grant create on database %I to bank_owner', v_database);
  end if;
  -- Granted to bank_api itself, because the right of public may be revoked.
  if not exists (select from pg_catalog.pg_database cross join aclexplode(datacl)
                  where datname = v_database and grantee = 'bank_api'::regrole
                    and privilege_type = 'CONNECT') then
    execute format('grant connect on database %I to bank_api', v_database);
  end if;
  if has_database_privilege('bank_api', v_database, 'temporary')
     or has_database_privilege('bank_api', v_database, 'create') then
    execute format('revoke create, temporary on database %I from public, bank_api', v_database);
  end if;
  -- PostgreSQL 15 and later make it so. A database from an older server may have the right still.
  if to_regnamespace('public') is not null
    and has_schema_privilege('bank_api', 'public', 'create')
  then
    revoke create on schema public from public, bank_api;
  end if;
  if has_database_privilege('bank_api', v_database, 'temporary, create')
     or to_regnamespace('public') is not null
        and has_schema_privilege('bank_api', 'public', 'create')
  then
    raise exception 'bank_api may still create objects in database %.', v_database
      using hint = 'Run the migrations as the owner of the database and of its schema public.';
  end if;
end
$$;
