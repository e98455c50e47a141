-- What belongs to the database itself. Roles and rights on the database belong to the server: see roles.sql.

create schema bank authorization bank_owner;
create schema bank_internal authorization bank_owner;
grant usage on schema bank to bank_api;

-- PostgreSQL lets everybody execute a new function. Here nobody may until a grant says so.
alter default privileges for role bank_owner revoke execute on functions from public;
