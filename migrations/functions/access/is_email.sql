-- Guarantees: says whether a user may have this email. The rule is the pattern of the HTML
-- standard, with at most 64 characters before the @ and at most 254 in all. The Worker has the same
-- rule in src/schemas/email.ts, and a test compares the two.
create or replace function bank_internal.is_email(p_email text) returns boolean
  language sql immutable
as $$
  select length(p_email) <= 254 and strpos(p_email, '@') <= 65
         and p_email ~ ('^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@'
                        '[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
                        '(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$')
$$;
