-- Guarantees: stores the events, each id once, or raises. Deferred constraints that somebody added
-- fire here, inside the caller's block, and not at commit.
create or replace function bank_internal.insert_audit_events(p_events jsonb) returns void
  language plpgsql volatile
as $$
begin
  insert into bank.audit_events
  select id, created_at, actor_id, actor_role, action, outcome, code,
         target_type, target_id, request_id, ip, detail
    from jsonb_to_recordset(p_events) as event (
      id uuid, created_at timestamptz, actor_id uuid, actor_role text, action text, outcome text,
      code text,
      target_type text, target_id uuid, request_id text, ip text, detail jsonb)
  on conflict (id) do nothing;
  set constraints all immediate;
end
$$;
