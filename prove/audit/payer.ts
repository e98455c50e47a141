import { randomUUID } from "node:crypto";
import { send } from "../bank/http-client.ts";
import type { Actor, ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure } from "../check.ts";

/** A customer with two accounts, between which all callers move money. */
export interface Payer {
  readonly actor: Actor;
  readonly admin: Actor;
  readonly from: string;
  readonly to: string;
}

export async function openPayer(bank: ProofBank): Promise<Payer> {
  const admin = await bank.createAdmin();
  const create = async (path: string, body: object): Promise<string> => {
    const url = `${bank.worker.url}/v1/${path}`;
    const answer = await send({ method: "POST", url, token: admin.token, key: randomUUID(), body });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return (answer.body as { id: string }).id;
  };
  const email = `customer-${randomUUID()}@edgebank.test`;
  const customer_id = await create("customers", { name: "Ada", email, password: randomUUID() });
  const [user] = await bank.postgres.sql<{ id: string }>(
    "select id from bank.users where customer_id = $1",
    [customer_id],
  );
  const account = {
    customer_id,
    currency: "USD",
    name: "Checking",
    overdraft_limit: 1_000_000_000,
  };
  return {
    admin,
    actor: await bank.signToken({ user_id: user?.id ?? "", role: "customer", customer_id }),
    from: await create("accounts", account),
    to: await create("accounts", account),
  };
}

/** Moves one unit and returns the id of the transfer. Anything but 201 ends the check. */
export async function pay(bank: ProofBank, { actor, from, to }: Payer): Promise<string> {
  const answer = await send({
    method: "POST",
    url: `${bank.worker.url}/v1/transfers`,
    token: actor.token,
    key: randomUUID(),
    body: { debit_account_id: from, credit_account_id: to, amount: 1 },
  });
  if (answer.status !== 201)
    throw new CheckFailure(`A transfer was answered ${JSON.stringify(answer.body)}`);
  return (answer.body as { id: string }).id;
}
