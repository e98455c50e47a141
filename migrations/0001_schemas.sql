-- Objects of this database. Roles, and their rights on the database, belong to the server: see roles.sql.

create schema bank authorization bank_owner;
create schema bank_internal authorization bank_owner;
grant usage on schema bank to bank_api;

-- By default PostgreSQL lets everybody execute a new function. Here each function needs a grant.
alter default privileges for role bank_owner revoke execute on functions from public;
