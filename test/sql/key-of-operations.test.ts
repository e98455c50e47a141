import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank, type Actor, type Answer } from "./bank.ts";
import { createHold } from "./holds.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();

type Named = Readonly<Record<string, unknown>>;

interface Scene {
  /** Who asks for it: an admin may ask for all of it. */
  readonly actor: Actor;
  readonly ids: Readonly<
    Record<"from" | "to" | "third" | "hold" | "other_hold" | "transfer" | "other_transfer", string>
  >;
}

interface Operation {
  readonly name: string;
  readonly ask: (scene: Scene) => Named;
  /** What makes another request of it, by each of its members. */
  readonly others: (scene: Scene) => readonly Named[];
  /** What makes it a request that the ledger declines. */
  readonly declined: (scene: Scene) => Named;
}

const item = ({ ids }: Scene, amount: number) => ({
  debit_account_id: ids.from,
  credit_account_id: ids.to,
  amount,
});

const operations: readonly Operation[] = [
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
  },
  {
    name: "capture_hold",
    ask: ({ ids }) => ({ p_hold_id: ids.hold, p_amount: 5 }),
    others: ({ ids }) => [{ p_hold_id: ids.other_hold }, { p_amount: 6 }, { p_amount: undefined }],
    declined: () => ({ p_amount: 9_999 }),
  },
  {
    name: "release_hold",
    ask: ({ ids }) => ({ p_hold_id: ids.hold }),
    others: ({ ids }) => [{ p_hold_id: ids.other_hold }],
    declined: ({ ids }) => ({ p_hold_id: ids.other_hold }),
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
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 500 }), await bank.createAccount(ada)];
  const third = await bank.createAccount(ada, { balance: 500 });
  const holdOf = async () => (await createHold(bank, ada, { from, to, amount: 10 })).body.id as string;
  const moved = async () => (await bank.transfer(ada, { from, to, amount: 10 })).body.id as string;
  const [hold, other_hold, transfer, other_transfer] = [
    await holdOf(),
    await holdOf(),
    await moved(),
    await moved(),
  ];
  return { actor, ids: { from, to, third, hold, other_hold, transfer, other_transfer } };
}

/** Everything that the accounts of the scene have, and all that happened to them. */
async function factsOf({ ids }: Scene): Promise<unknown> {
  return bank.sql(
    `select id, balance, held, version, (select count(*) from bank.transfers where id in (debit_account_id, credit_account_id)) as transfers,
            (select jsonb_agg(to_jsonb(holds) order by id) from bank.holds where debit_account_id = accounts.id) as holds
       from bank.accounts where id = any ($1) order by id`,
    [[ids.from, ids.to, ids.third]],
  );
}

const call = (scene: Scene, { name }: Operation, key: string, named: Named): Promise<Answer> =>
  bank.call(name, { p_actor: scene.actor, p_idempotency_key: key, ...named });

describe.each(operations)("$name", (operation) => {
  test("done once, and answered the same again to the character, though it could not be done again", async () => {
    const [scene, key] = [await createScene(), randomUUID()];
    const asked = operation.ask(scene);
    const first = await call(scene, operation, key, asked);
    expect(first).toMatchObject({ code: null, replayed: false });
    const after = await factsOf(scene);
    await bank.debit(scene.ids.from, 400);
    const now = await factsOf(scene);
    const again = await call(scene, operation, key, asked);
    expect(again).toMatchObject({ code: null, replayed: true, text: first.text, changed: first.changed });
    expect(await factsOf(scene)).toEqual(now);
    expect(now).not.toEqual(after);
  });

  test("declined once, and declined again though it could be done by now", async () => {
    const [scene, key] = [await createScene(), randomUUID()];
    if (operation.name === "release_hold")
      await bank.call("release_hold", {
        p_actor: scene.actor,
        p_idempotency_key: randomUUID(),
        p_hold_id: scene.ids.other_hold,
      });
    const asked = { ...operation.ask(scene), ...operation.declined(scene) };
    const first = await call(scene, operation, key, asked);
    if (operation.name !== "create_transfers") expect(first.code).not.toBeNull();
    await bank.credit(scene.ids.from, 100_000);
    const before = await factsOf(scene);
    const again = await call(scene, operation, key, asked);
    expect(again).toMatchObject({ code: first.code, replayed: true, text: first.text });
    expect(await factsOf(scene)).toEqual(before);
  });

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

  test.skipIf(operation.name === "create_transfers")("what was not found claims no key", async () => {
    const [scene, key] = [await createScene(), randomUUID()];
    const asked = operation.ask(scene);
    const [member = ""] = Object.keys(asked);
    expect(await refusal(call(scene, operation, key, { ...asked, [member]: randomUUID() }))).toEqual({
      code: "not_found",
    });
    expect(await call(scene, operation, key, asked)).toMatchObject({ code: null, replayed: false });
  });
});
