import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { etagOf } from "../../src/cache/envelope.ts";
import { sharedBank, type Actor, type Answer } from "../harness/bank.ts";

const bank = sharedBank();

type Named = Readonly<Record<string, unknown>>;

interface Scene {
  readonly actor: Actor;
  readonly ids: Readonly<Record<"customer" | "account" | "transfer" | "hold", string>>;
}

/** A write of a resource that exists: how it is read, and what is asked. */
interface Write {
  readonly read: string;
  readonly target: (scene: Scene) => Named;
  readonly change: Named;
  readonly action: string;
  readonly needs_key: boolean;
}

const account = ({ ids }: Scene): Named => ({ p_account_id: ids.account });
const hold = ({ ids }: Scene): Named => ({ p_hold_id: ids.hold });

const writes: Readonly<Record<string, Write>> = {
  update_customer: {
    read: "get_customer",
    target: ({ ids }) => ({ p_customer_id: ids.customer }),
    change: { p_name: "Changed" },
    action: "customer.update",
    needs_key: false,
  },
  update_account: {
    read: "get_account",
    target: account,
    change: { p_name: "Changed" },
    action: "account.update",
    needs_key: false,
  },
  credit_account: {
    read: "get_account",
    target: account,
    change: { p_amount: 1 },
    action: "account.credit",
    needs_key: true,
  },
  debit_account: {
    read: "get_account",
    target: account,
    change: { p_amount: 1 },
    action: "account.debit",
    needs_key: true,
  },
  reverse_transfer: {
    read: "get_transfer",
    target: ({ ids }) => ({ p_transfer_id: ids.transfer }),
    change: { p_amount: 1 },
    action: "transfer.reverse",
    needs_key: true,
  },
  capture_hold: {
    read: "get_hold",
    target: hold,
    change: {},
    action: "hold.capture",
    needs_key: true,
  },
  release_hold: {
    read: "get_hold",
    target: hold,
    change: {},
    action: "hold.release",
    needs_key: true,
  },
};

async function createScene(): Promise<Scene> {
  const ada = await bank.createCustomer('Zoë "Ada" \\ 😀');
  const [from, to] = [
    await bank.createAccount(ada, { balance: 500 }),
    await bank.createAccount(ada),
  ];
  const { body: transfer } = await bank.transfer(ada, { from, to, amount: 10 });
  const { body: held } = await bank.createHold(ada, { from, to, amount: 10 });
  return {
    actor: await bank.createAdmin(),
    ids: { customer: ada.customer_id, account: from, transfer: transfer.id, hold: held.id },
  };
}

const readTag = async (scene: Scene, { read, target }: Write): Promise<string> =>
  etagOf((await bank.call(read, { p_actor: scene.actor, ...target(scene) })).text ?? "");

/**
 * Everything of the customer that a write could change, and what the actor has asked for by a key.
 */
const factsOf = ({ actor, ids }: Scene): Promise<unknown> =>
  bank.sql(
    `select to_jsonb(customers) as customer,
            (select jsonb_agg(to_jsonb(accounts) order by id)
               from bank.accounts where customer_id = customers.id) as accounts,
            (select jsonb_agg(to_jsonb(holds) order by id)
               from bank.holds where debit_account_id = $2) as holds,
            (select count(*) from bank.transfers
              where $2 in (debit_account_id, credit_account_id)) as transfers,
            (select count(*) from bank.idempotency_keys where scope = $3) as keys
       from bank.customers where id = $1`,
    [ids.customer, ids.account, actor.user_id],
  );

const far = "2099-01-01T00:00:00.000Z";
const long_ago = "2001-01-01T00:00:00.000Z";

/**
 * What a request may say, and whether it is so; `tag` is the tag of the resource. RFC 9110 sections
 * 13.1 and 13.2.2.
 */
const conditions: readonly [name: string, conditions: (tag: string) => Named, is_met: boolean][] = [
  ["nothing", () => ({}), true],
  ["its tag", (tag) => ({ if_match: [tag] }), true],
  ["its tag among others", (tag) => ({ if_match: ['"x"', tag, '"y"'] }), true],
  ["anything that is there", () => ({ if_match: ["*"] }), true],
  ["another tag", () => ({ if_match: ['"nonsense"'] }), false],
  ["no tag at all", () => ({ if_match: [] }), false],
  ["its tag as a weak one", (tag) => ({ if_match: [`W/${tag}`] }), false],
  ["its tag without quotes", (tag) => ({ if_match: [tag.slice(1, -1)] }), false],
  ["not changed since the future", () => ({ if_unmodified_since: far }), true],
  ["not changed since long ago", () => ({ if_unmodified_since: long_ago }), false],
  [
    "its tag, though changed since long ago",
    (tag) => ({ if_match: [tag], if_unmodified_since: long_ago }),
    true,
  ],
  [
    "another tag, though not changed",
    () => ({ if_match: ['"x"'], if_unmodified_since: far }),
    false,
  ],
  ["not there", () => ({ if_none_match: ["*"] }), false],
  ["not its tag", (tag) => ({ if_none_match: ['"x"', tag] }), false],
  ["none of other tags", () => ({ if_none_match: ['"x"'] }), true],
  ["its tag and not its tag", (tag) => ({ if_match: [tag], if_none_match: [tag] }), false],
];

const call = (scene: Scene, name: string, write: Write, named: Named): Promise<Answer> =>
  bank.call(name, {
    p_actor: scene.actor,
    ...write.target(scene),
    ...write.change,
    ...(write.needs_key ? { p_idempotency_key: randomUUID() } : {}),
    ...named,
  });

describe.each(Object.entries(writes))("%s", (name, write) => {
  test.each(conditions)("with a condition that is %s", async (_name, condition, is_met) => {
    const scene = await createScene();
    const p_preconditions = condition(await readTag(scene, write));
    const before = await factsOf(scene);
    const answer = await call(scene, name, write, { p_preconditions });
    if (is_met) {
      expect(answer.code).toBeNull();
      expect(await factsOf(scene)).not.toEqual(before);
    } else {
      expect(answer).toMatchObject({
        code: "precondition_failed",
        text: "{}",
        changed: [],
        replayed: false,
      });
      expect(await factsOf(scene)).toEqual(before);
    }
  });

  test("a false one claims no key and is audited, and the key is good for the next try", async () => {
    const scene = await createScene();
    const p_idempotency_key = randomUUID();
    const stale = { if_match: ['"stale"'] };
    expect(
      (await call(scene, name, write, { p_idempotency_key, p_preconditions: stale })).code,
    ).toBe("precondition_failed");
    const [target_id = ""] = Object.values(write.target(scene)) as string[];
    const events = await bank.auditEvents(target_id, write.action);
    expect(events.at(-1)).toMatchObject({ outcome: "failure", code: "precondition_failed" });
    const fresh = { if_match: [await readTag(scene, write)] };
    const done = await call(scene, name, write, { p_idempotency_key, p_preconditions: fresh });
    expect(done).toMatchObject({ code: null, replayed: false });
    // The first one has changed the resource: whoever lost its answer and asks again must still get
    // it.
    const again = await call(scene, name, write, { p_idempotency_key, p_preconditions: fresh });
    expect(again).toMatchObject({ code: null, replayed: true, text: done.text });
  });
});

test.each([
  '{"id" : "x"}',
  '{"id":"x","version":3}',
  '{"name" : "Zoë 😀 \\u0007 \\"version\\" : 9", "version" : 12, "metadata" : {"version": 1}}',
  '{"metadata" : {"version" : "3"}, "version" : 0}',
  "",
])("the tag of %j is the same in the database and in the Worker", async (body) => {
  expect(await bank.value("select bank_internal.etag($1)", [body])).toBe(etagOf(body));
});

test("a resource that changed within a second after the date has changed since", async () => {
  const scene = await createScene();
  await bank.sql(
    "update bank.customers set updated_at = '2026-03-01T10:00:00.000001Z' where id = $1",
    [scene.ids.customer],
  );
  const write = writes["update_customer"];
  if (write === undefined) throw new Error("no such write");
  const since = (if_unmodified_since: string) =>
    call(scene, "update_customer", write, { p_preconditions: { if_unmodified_since } });
  expect((await since("2026-03-01T10:00:00.000Z")).code).toBe("precondition_failed");
  expect((await since("2026-03-01T10:00:01.000Z")).code).toBeNull();
});
