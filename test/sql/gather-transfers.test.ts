import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { expect, test } from "vitest";
import { sharedBank, type Actor } from "../harness/bank.ts";

const bank = sharedBank();

interface Request {
  readonly actor: Actor;
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

interface Gathered {
  readonly code: string | null;
  readonly body: string | null;
}

async function gather(requests: readonly Request[], session?: Client): Promise<Gathered[]> {
  const own = session ?? (await bank.session());
  const { rows } = await own.query<Gathered>("select code, body from bank.gather_transfers($1)", [
    JSON.stringify(
      requests.map(({ actor, key, from, to, amount }) => ({
        ...actor,
        idempotency_key: key,
        debit_account_id: from,
        credit_account_id: to,
        amount,
      })),
    ),
  ]);
  return rows;
}

async function createPair() {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100 }),
    to: await bank.createAccount(ada),
  };
}

const nothing = { code: null, body: null };

test("each gathered transfer has its own outcome, decided on the balances that the earlier ones left", async () => {
  const [{ ada, from, to }, { ada: bob, from: bobs }] = [await createPair(), await createPair()];
  const keys = [randomUUID(), randomUUID(), randomUUID()] as const;
  const answers = await gather([
    { actor: ada, key: keys[0], from, to, amount: 60 },
    { actor: ada, key: keys[1], from, to, amount: 60 },
    { actor: bob, key: keys[2], from: bobs, to, amount: 7 },
  ]);
  expect(answers.map(({ code }) => code)).toEqual([null, "insufficient_funds", null]);
  expect(await bank.balances(from, to, bobs)).toEqual([40, 67, 93]);
  const [posted] = answers;
  const again = await bank.transfer(ada, { from, to, amount: 60, key: keys[0] });
  expect(again).toMatchObject({ replayed: true, text: posted?.body });
  expect(await bank.transfer(ada, { from, to, amount: 60, key: keys[1] })).toMatchObject({
    replayed: true,
    code: "insufficient_funds",
  });
  for (const key of keys) expect(await bank.countTransfers(key)).toBe(1);
  expect(
    await bank.auditEvents(JSON.parse(posted?.body ?? "").id as string, "transfer.create"),
  ).toMatchObject([{ actor_id: ada.user_id, outcome: "success" }]);
  expect(await bank.verify()).toEqual([]);
});

test("a transfer that must be asked for alone is left to its caller, and fails no other", async () => {
  const [{ ada, from, to }, { ada: bob, from: bobs }] = [await createPair(), await createPair()];
  const known = randomUUID();
  await bank.transfer(ada, { from, to, amount: 1, key: known });
  const held = await bank.session();
  const in_use = randomUUID();
  await held.query("begin");
  await bank.transfer(bob, { from: bobs, to, amount: 1, key: in_use, session: held });
  await held.query("rollback; begin");
  await held.query("select pg_advisory_xact_lock(hashtext($1), uuid_hash($2))", [
    in_use,
    ada.customer_id,
  ]);
  const twice = randomUUID();
  const stranger = { ...ada, user_id: randomUUID() };
  const answers = await gather([
    { actor: ada, key: known, from, to, amount: 1 },
    { actor: ada, key: in_use, from, to, amount: 1 },
    { actor: ada, key: randomUUID(), from: bobs, to, amount: 1 },
    { actor: ada, key: randomUUID(), from, to: randomUUID(), amount: 1 },
    { actor: stranger, key: randomUUID(), from, to, amount: 1 },
    { actor: ada, key: twice, from, to, amount: 1 },
    { actor: ada, key: twice, from, to, amount: 1 },
  ]);
  await held.query("rollback");
  expect(answers.filter((_, index) => index !== 5)).toEqual(
    Array.from({ length: 6 }, () => nothing),
  );
  expect(answers[5]?.body).not.toBeNull();
  expect(await bank.balances(from, to, bobs)).toEqual([98, 2, 100]);
  expect(await bank.verify()).toEqual([]);
});

test("a disabled user's transfer is left to its caller, who is told", async () => {
  const [{ ada, from, to }, { ada: bob, from: bobs }] = [await createPair(), await createPair()];
  await bank.sql("select bank_internal.disable_user($1)", [ada.email]);
  const answers = await gather([
    { actor: ada, key: randomUUID(), from, to, amount: 1 },
    { actor: bob, key: randomUUID(), from: bobs, to, amount: 1 },
  ]);
  expect(answers[0]).toEqual(nothing);
  expect(answers[1]?.body).not.toBeNull();
  expect(await bank.balances(from, to, bobs)).toEqual([100, 1, 99]);
});

test("gathered and single calls of the same pair at once never deadlock, and lose nothing", async () => {
  const { ada, from, to } = await createPair();
  const sessions = await Promise.all(Array.from({ length: 4 }, () => bank.session()));
  const gathered = sessions.map((session, index) =>
    gather(
      Array.from({ length: 10 }, (_, item) => ({
        actor: ada,
        key: randomUUID(),
        ...((index + item) % 2 === 0 ? { from, to } : { from: to, to: from }),
        amount: 1,
      })),
      session,
    ),
  );
  const single = Array.from({ length: 20 }, () => bank.transfer(ada, { from, to, amount: 1 }));
  await Promise.all([...gathered, ...single]);
  const [left = 0, right = 0] = await bank.balances(from, to);
  expect(left + right).toBe(100);
  expect(await bank.verify()).toEqual([]);
});
