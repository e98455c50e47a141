set local role bank_owner;

-- held also counts holds that have expired and are not marked yet: at most 1,000, each of at most the largest amount. So
-- it may be larger than any balance, and still fits into a bigint. The rule is weaker than the one before, so no row can
-- break it: with `not valid` the tables are neither read nor rewritten.
create domain bank.reserved_money as bigint;
alter table bank.accounts alter column held type bank.reserved_money;
alter table bank.verified_accounts alter column held type bank.reserved_money;
alter domain bank.reserved_money add constraint reserved_money_check check (value >= 0) not valid;

reset role;
