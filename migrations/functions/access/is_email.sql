-- Guarantees: whether a user may have this email: the HTML standard's pattern, with at most 64 characters before the @ and
-- 254 in all. The Worker has the same rule in src/schemas/email.ts, and a test compares the two.
create or replace function bank_internal.is_email(p_email text) returns boolean
  language sql immutable
as $$
  select length(p_email) <= 254 and strpos(p_email, '@') <= 65
         and p_email ~ ('^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@'
                        '[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$')
$$;
