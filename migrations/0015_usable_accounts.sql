-- usable_accounts has taken the place of this function.

set local role bank_owner;

drop function if exists bank_internal.may_move(bank.actor, uuid, uuid);

reset role;
