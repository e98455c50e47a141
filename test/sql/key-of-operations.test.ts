import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank, type Actor, type Answer } from "../harness/bank.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();

type Named = Readonly<Record<string, unknown>>;

type Name =
  | "customer"
  | "other_customer"
  | "from"
  | "to"
  | "third"
  | "hold"
  | "other_hold"
  | "transfer"
  | "other_transfer";

interface Scene {
  /** Who asks for it: an admin may ask for all of it. */
  readonly actor: Actor;
  readonly ids: Readonly<Record<Name, string>>;
}

interface Operation {
  readonly name: string;
  readonly ask: (scene: Scene) => Named;
  /** What makes another request of it, by each of its members. */
  readonly others: (scene: Scene) => readonly Named[];
  /** What makes it a request that the ledger declines; none of some. */
  readonly declined?: (scene: Scene) => Named;
  /** The member that names what may not be there. */
  readonly target?: string;
}

const item = ({ ids }: Scene, amount: number) => ({
  debit_account_id: ids.from,
  credit_account_id: ids.to,
  amount,
});

const operations: readonly Operation[] = [
  {
    name: "create_customer",
    ask: ({ ids }) => ({
      p_name: "Ada",
      p_email: `${ids.from}@edgebank.test`,
      p_password_hash: "slow",
    }),
    others: () => [
      { p_name: "Eve" },
      { p_email: `${randomUUID()}@edgebank.test` },
      { p_password_hash: "another" },
    ],
    declined: ({ ids }) => ({ p_email: `taken-${ids.from}@edgebank.test` }),
  },
  {
    name: "update_customer",
    ask: ({ ids }) => ({ p_customer_id: ids.customer, p_name: "Changed" }),
    others: ({ ids }) => [
      { p_customer_id: ids.other_customer },
      { p_name: "Other" },
      { p_status: "active" },
      { p_name: undefined },
    ],
    target: "p_customer_id",
  },
  {
    name: "create_account",
    ask: ({ ids }) => ({ p_customer_id: ids.customer, p_currency: "USD", p_name: "Savings" }),
    others: ({ ids }) => [
      { p_customer_id: ids.other_customer },
      { p_currency: "EUR" },
      { p_name: "Other" },
      { p_overdraft_limit: 1 },
    ],
    target: "p_customer_id",
  },
  {
    name: "update_account",
    ask: ({ ids }) => ({ p_account_id: ids.third, p_name: "Changed", p_overdraft_limit: 5 }),
    others: ({ ids }) => [
      { p_account_id: ids.to },
      { p_name: "Other" },
      { p_overdraft_limit: 6 },
      { p_status: "active" },
    ],
    declined: () => ({ p_status: "closed" }),
    target: "p_account_id",
  },
  ...(["credit_account", "debit_account"] as const).map((name) => ({
    name,
    ask: ({ ids }: Scene) => ({ p_account_id: ids.third, p_amount: 5 }),
    others: ({ ids }: Scene) => [
      { p_account_id: ids.from },
      { p_amount: 6 },
      { p_description: "x" },
    ],
    target: "p_account_id",
  })),
  {
    name: "create_transfer",
    ask: ({ ids }) => ({
      p_debit_account_id: ids.from,
      p_credit_account_id: ids.to,
      p_amount: 5,
    }),
    others: ({ ids }) => [
      { p_debit_account_id: ids.third },
      { p_credit_account_id: ids.third },
      { p_amount: 6 },
      { p_currency: "USD" },
      { p_description: "x" },
      { p_metadata: { a: 1 } },
    ],
    declined: () => ({ p_amount: 9_999 }),
    target: "p_debit_account_id",
  },
  {
    name: "create_hold",
    ask: ({ ids }) => ({ p_debit_account_id: ids.from, p_credit_account_id: ids.to, p_amount: 5 }),
    others: ({ ids }) => [
      { p_debit_account_id: ids.third },
      { p_credit_account_id: ids.third },
      { p_amount: 6 },
      { p_currency: "USD" },
      { p_description: "x" },
      { p_metadata: { a: 1 } },
      { p_expires_in_seconds: 9 },
    ],
    declined: () => ({ p_amount: 9_999 }),
    target: "p_debit_account_id",
  },
  {
    name: "capture_hold",
    ask: ({ ids }) => ({ p_hold_id: ids.hold, p_amount: 5 }),
    others: ({ ids }) => [{ p_hold_id: ids.other_hold }, { p_amount: 6 }, { p_amount: undefined }],
    declined: () => ({ p_amount: 9_999 }),
    target: "p_hold_id",
  },
  {
    name: "release_hold",
    ask: ({ ids }) => ({ p_hold_id: ids.hold }),
    others: ({ ids }) => [{ p_hold_id: ids.other_hold }],
    declined: ({ ids }) => ({ p_hold_id: ids.other_hold }),
    target: "p_hold_id",
  },
  {
    name: "reverse_transfer",
    ask: ({ ids }) => ({ p_transfer_id: ids.transfer, p_amount: 5 }),
    others: ({ ids }) => [
      { p_transfer_id: ids.other_transfer },
      { p_amount: 6 },
      { p_amount: undefined },
      { p_force: true },
      { p_description: "x" },
    ],
    declined: () => ({ p_amount: 9_999 }),
    target: "p_transfer_id",
  },
  ...[true, false].map((p_atomic) => ({
    name: "create_transfers",
    ask: (scene: Scene) => ({ p_transfers: [item(scene, 1), item(scene, 2)], p_atomic }),
    others: (scene: Scene) => [
      { p_transfers: [item(scene, 2), item(scene, 1)] },
      { p_transfers: [item(scene, 1)] },
      { p_transfers: [item(scene, 1), item(scene, 2), item(scene, 1)] },
      { p_transfers: [item(scene, 1), { ...item(scene, 2), description: "x" }] },
      { p_atomic: !p_atomic },
    ],
    declined: (scene: Scene) => ({ p_transfers: [item(scene, 1), item(scene, 9_999)] }),
  })),
];

async function createScene(): Promise<Scene> {
  const actor = await bank.createAdmin();
  const [ada, eve] = [await bank.createCustomer(), await bank.createCustomer()];
  const [from, to] = [
    await bank.createAccount(ada, { balance: 500 }),
    await bank.createAccount(ada),
  ];
  const third = await bank.createAccount(ada, { balance: 500 });
  const holdOf = async () =>
    (await bank.createHold(ada, { from, to, amount: 10 })).body.id as string;
  const moved = async () => (await bank.transfer(ada, { from, to, amount: 10 })).body.id as string;
  const [hold, other_hold, transfer, other_transfer] = [
    await holdOf(),
    await holdOf(),
    await moved(),
    await moved(),
  ];
  const { customer_id: customer } = ada;
  return {
    actor,
    ids: {
      customer,
      other_customer: eve.customer_id,
      from,
      to,
      third,
      hold,
      other_hold,
      transfer,
      other_transfer,
    },
  };
}

/** Everything that the accounts of the scene have, and all that happened to them. */
async function factsOf({ ids }: Scene): Promise<unknown> {
  return bank.sql(
    `select id, balance, held, version,
            (select count(*) from bank.transfers
              where id in (debit_account_id, credit_account_id)) as transfers,
            (select jsonb_agg(to_jsonb(holds) order by id)
               from bank.holds where debit_account_id = accounts.id) as holds,
            name, overdraft_limit, accounts.status, updated_at,
            (select jsonb_agg(to_jsonb(customers))
               from bank.customers where id = customer_id) as customer,
            (select count(*) from bank.users where email like '%' || $2 || '%') as logins
       from bank.accounts where customer_id = any ($1) order by id`,
    [[ids.customer, ids.other_customer], ids.from],
  );
}

const call = (scene: Scene, { name }: Operation, key: string, named: Named): Promise<Answer> =>
  bank.call(name, { p_actor: scene.actor, p_idempotency_key: key, ...named });

test("each operation that takes a key has a row here", async () => {
  const rows = await bank.sql<{ name: string }>(
    `select proname::text as name from pg_proc
      where pronamespace = 'bank'::regnamespace and provolatile = 'v'
        and 'p_idempotency_key' = any (proargnames)`,
  );
  const names = new Set(operations.map(({ name }) => name));
  expect([...names].sort()).toEqual(rows.map(({ name }) => name).sort());
});

describe.each(operations)("$name", (operation) => {
  test("takes place once, and the same key gets the same answer byte for byte, although it could not be done again", async () => {
    const [scene, key] = [await createScene(), randomUUID()];
    const asked = operation.ask(scene);
    const first = await call(scene, operation, key, asked);
    expect(first).toMatchObject({ code: null, replayed: false });
    const after = await factsOf(scene);
    await bank.debit(scene.ids.from, 400);
    const now = await factsOf(scene);
    const again = await call(scene, operation, key, asked);
    expect(again).toMatchObject({
      code: null,
      replayed: true,
      text: first.text,
      changed: first.changed,
    });
    expect(await factsOf(scene)).toEqual(now);
    expect(now).not.toEqual(after);
  });

  test.skipIf(operation.declined === undefined)(
    "is declined again with its key, although it could be done by now",
    async () => {
      const [scene, key] = [await createScene(), randomUUID()];
      if (operation.name === "release_hold")
        await bank.call("release_hold", {
          p_actor: scene.actor,
          p_idempotency_key: randomUUID(),
          p_hold_id: scene.ids.other_hold,
        });
      if (operation.name === "create_customer") {
        const taken = { ...operation.ask(scene), ...operation.declined?.(scene) };
        await bank.call("create_customer", { p_actor: scene.actor, ...taken });
      }
      const asked = { ...operation.ask(scene), ...operation.declined?.(scene) };
      const first = await call(scene, operation, key, asked);
      if (operation.name !== "create_transfers") expect(first.code).not.toBeNull();
      await bank.credit(scene.ids.from, 100_000);
      await bank.debit(scene.ids.third, 500);
      const before = await factsOf(scene);
      const again = await call(scene, operation, key, asked);
      expect(again).toMatchObject({ code: first.code, replayed: true, text: first.text });
      expect(await factsOf(scene)).toEqual(before);
    },
  );

  test("another request with its key is refused, whichever member differs", async () => {
    const [scene, key] = [await createScene(), randomUUID()];
    const asked = operation.ask(scene);
    await call(scene, operation, key, asked);
    const before = await factsOf(scene);
    for (const other of operation.others(scene))
      expect(
        await refusal(call(scene, operation, key, { ...asked, ...other })),
        JSON.stringify(other),
      ).toEqual({
        code: "idempotency_key_reused",
      });
    expect(await factsOf(scene)).toEqual(before);
  });

  test("each of its parameters makes another request", async () => {
    const parameters = await bank.value<string[]>(
      "select proargnames[1:pronargs] from pg_proc where proname = $1 " +
        "and pronamespace = 'bank'::regnamespace",
      [operation.name],
    );
    const who_and_how = ["p_actor", "p_idempotency_key", "p_preconditions"];
    const members = new Set(
      operation.others(await createScene()).flatMap((other) => Object.keys(other)),
    );
    expect([...members].sort()).toEqual(
      parameters.filter((name) => !who_and_how.includes(name)).sort(),
    );
  });

  test("another operation with its key is refused", async () => {
    const [scene, key] = [await createScene(), randomUUID()];
    await call(scene, operation, key, operation.ask(scene));
    const before = await factsOf(scene);
    for (const other of operations.filter(({ name }) => name !== operation.name))
      expect(await refusal(call(scene, other, key, other.ask(scene))), other.name).toEqual({
        code: "idempotency_key_reused",
      });
    expect(await factsOf(scene)).toEqual(before);
  });

  test("the same key of another admin is another key", async () => {
    const [scene, key] = [await createScene(), randomUUID()];
    const first = await call(scene, operation, key, operation.ask(scene));
    const other = { ...scene, actor: await bank.createAdmin() };
    const second = await call(other, operation, key, operation.ask(scene));
    expect(second.replayed).toBe(false);
    expect(second.text).not.toBe(first.text);
  });

  test.skipIf(operation.target === undefined)(
    "a request for something that does not exist claims no key",
    async () => {
      const [scene, key] = [await createScene(), randomUUID()];
      const asked = operation.ask(scene);
      const unknown = { [operation.target ?? ""]: randomUUID() };
      expect(await refusal(call(scene, operation, key, { ...asked, ...unknown }))).toEqual({
        code: "not_found",
      });
      expect(await call(scene, operation, key, asked)).toMatchObject({
        code: null,
        replayed: false,
      });
    },
  );
});
