import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { describe, expect, test } from "vitest";
import { sharedBank, type Answer } from "../harness/bank.ts";
import { captureHold, expireHold, releaseHold, markExpired } from "../sql/holds.ts";
import { readAccount, updateAccount } from "../sql/operations.ts";
import { expectHealthyLedger, raceForAccount, raceInSessions, repeat } from "./race.ts";

const bank = sharedBank();

/** 100 on an account, 60 of it held for another. */
async function createHeld() {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const { body } = await bank.createHold(ada, { from, to, amount: 60 });
  return { ada, from, to, id: body.id as string };
}

const endOf = async (id: string) => {
  const [row] = await bank.sql(
    "select status, captured_amount::int from bank.holds where id = $1",
    [id],
  );
  return row as { status: string; captured_amount: number };
};

const countOf = (answers: readonly Answer[]): number =>
  answers.filter(({ code }) => code === null).length;

test("of 20 partial captures of one hold at once, one takes place, with the amount that it asked for", async () => {
  const { ada, from, to, id } = await createHeld();
  const answers = await raceForAccount(
    bank,
    from,
    repeat(
      20,
      (index) => (session: Client) => captureHold(bank, ada, id, { amount: 11 + index, session }),
    ),
  );
  const won = answers.filter(({ code }) => code === null);
  expect(won).toHaveLength(1);
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([null, "hold_not_active"]));
  const amount: number = won[0]?.body.amount;
  expect(await bank.balances(from, to)).toEqual([100 - amount, amount]);
  expect(await endOf(id)).toEqual({ status: "captured", captured_amount: amount });
  expect((await readAccount(bank, from)).held).toBe(0);
  await expectHealthyLedger(bank);
});

describe("captures, releases and the expiry of one hold at once: exactly one ends it", () => {
  test.each([
    ["before its time", false],
    ["with its time come while all wait", true],
  ])("%s", async (_when, expires) => {
    const { ada, from, to, id } = await createHeld();
    if (expires)
      await bank.sql(
        "update bank.holds set expires_at = clock_timestamp() + interval '150 ms' where id = $1",
        [id],
      );
    const tasks = [
      ...repeat(5, () => (session: Client) => captureHold(bank, ada, id, { session })),
      ...repeat(5, () => (session: Client) => releaseHold(bank, ada, id, { session })),
      ...repeat(
        3,
        () => (session: Client) => bank.call("expire_holds", { p_limit: 1000 }, session),
      ),
    ];
    const answers = await raceInSessions(bank, tasks);
    const [captured, released] = [countOf(answers.slice(0, 5)), countOf(answers.slice(5, 10))];
    if (expires) await expireHold(bank, id);
    await markExpired(bank, from);
    const { status, captured_amount } = await endOf(id);
    expect(captured + released).toBe(status === "expired" ? 0 : 1);
    expect(status).toBe(captured === 1 ? "captured" : released === 1 ? "released" : "expired");
    expect(captured_amount).toBe(captured * 60);
    expect(await bank.balances(from, to)).toEqual([100 - captured * 60, captured * 60]);
    expect(await readAccount(bank, from)).toMatchObject({
      held: 0,
      available: 100 - captured * 60,
    });
    const expired = await bank.auditEvents(id, "hold.expire");
    expect(expired).toHaveLength(status === "expired" ? 1 : 0);
    await expectHealthyLedger(bank);
  });
});

test("when an expiry, a capture and a release all wait for the account, the hold expires once, and the two others see it expired", async () => {
  const { ada, from, to, id } = await createHeld();
  await expireHold(bank, id);
  const answers = await raceForAccount(bank, from, [
    ...repeat(4, () => (session: Client) => captureHold(bank, ada, id, { session })),
    ...repeat(4, () => (session: Client) => releaseHold(bank, ada, id, { session })),
    (session: Client) => bank.transfer(ada, { from, to, amount: 100, session }),
    (session: Client) => bank.call("expire_holds", { p_limit: 1000 }, session),
  ]);
  expect(answers.slice(0, 8).map(({ code }) => code)).toEqual(repeat(8, () => "hold_not_active"));
  expect(answers[8]?.code).toBeNull();
  expect(await bank.balances(from, to)).toEqual([0, 100]);
  await markExpired(bank, from);
  expect(await bank.auditEvents(id, "hold.expire")).toHaveLength(1);
  await expectHealthyLedger(bank);
});

test("30 holds, transfers and debits of the same money at once never reserve more than there is", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 100 }),
    await bank.createAccount(ada),
  ];
  const answers = await raceForAccount(
    bank,
    from,
    repeat(
      30,
      (index) => async (session: Client) =>
        index % 2 === 0
          ? bank.call(
              "create_hold",
              {
                p_actor: ada,
                p_idempotency_key: randomUUID(),
                p_debit_account_id: from,
                p_credit_account_id: to,
                p_amount: 10,
              },
              session,
            )
          : bank.transfer(ada, { from, to, amount: 10, session }),
    ),
  );
  expect(countOf(answers)).toBe(10);
  expect(await readAccount(bank, from)).toMatchObject({ available: 0 });
  await expectHealthyLedger(bank);
});

test("40 closes and holds at once: each account ends closed without a hold, or open with one", async () => {
  const ada = await bank.createCustomer();
  const to = await bank.createAccount(ada);
  const ids = await Promise.all(repeat(20, () => bank.createAccount(ada, { overdraft_limit: 5 })));
  const close = (id: string) =>
    updateAccount(bank, id, { p_status: "closed" }).then(({ code }) =>
      code === null ? "closed" : "open",
    );
  const ends = await Promise.all(
    ids.map(async (from, index) => {
      const hold = async () => (await bank.createHold(ada, { from, to, amount: 5 })).code;
      const [one, other] = index % 2 === 0 ? [close(from), hold()] : [hold(), close(from)];
      const both = await Promise.all([one, other]);
      const { status, held } = await readAccount(bank, from);
      return { status, held, answers: index % 2 === 0 ? both : both.reverse() };
    }),
  );
  const closed = { status: "closed", held: 0, answers: ["closed", "account_closed"] };
  const open = { status: "active", held: 5, answers: ["open", null] };
  for (const end of ends) expect([closed, open]).toContainEqual(end);
  await expectHealthyLedger(bank);
});

describe("of a close and a hold, the one that waits first is done:", () => {
  test.each(["close", "hold"])("the %s", async (first) => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { overdraft_limit: 5 }),
      await bank.createAccount(ada),
    ];
    const [holder, closer, other] = [
      await bank.session("superuser"),
      await bank.session(),
      await bank.session(),
    ];
    await holder.query("begin");
    await holder.query("select from bank.accounts where id = $1 for no key update", [from]);
    const named = { p_actor: ada, p_debit_account_id: from, p_credit_account_id: to, p_amount: 5 };
    const start = {
      close: () => [closer, updateAccount(bank, from, { p_status: "closed" }, closer)] as const,
      hold: () =>
        [other, bank.call("create_hold", { ...named, p_idempotency_key: from }, other)] as const,
    };
    const order = first === "close" ? [start.close, start.hold] : [start.hold, start.close];
    const started = [];
    for (const begin of order) {
      const [session, answer] = begin();
      started.push(answer);
      await bank.untilBlocked(session);
    }
    await holder.query("commit");
    const answers = await Promise.all(started);
    expect(await readAccount(bank, from)).toMatchObject(
      first === "close" ? { status: "closed", held: 0 } : { status: "active", held: 5 },
    );
    if (first === "close") expect(answers[1]).toMatchObject({ code: "account_closed" });
    else expect(answers[1]).toMatchObject({ code: "account_not_empty" });
    await expectHealthyLedger(bank);
  });
});

test("a capture at the instant of its hold's expiry posts before the expiry or not at all, by one reading of the clock", async () => {
  const ada = await bank.createCustomer();
  const [from, to] = [
    await bank.createAccount(ada, { balance: 1_000 }),
    await bank.createAccount(ada),
  ];
  const codes: (string | null)[] = [];
  // Captures wait for each other, so some meet their hold's last instant, at one of these paces or
  // another.
  for (const pace_ms of [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3]) {
    const ids: string[] = [];
    for (let count = 0; count < 40; count += 1)
      ids.push((await bank.createHold(ada, { from, to, amount: 1 })).body.id as string);
    await bank.sql(
      `update bank.holds
          set expires_at = clock_timestamp() + interval '1 millisecond' * $2 * position
         from unnest($1::uuid[]) with ordinality as held (hold_id, position) where id = hold_id`,
      [ids, pace_ms],
    );
    const answers = await Promise.all(ids.map((id) => captureHold(bank, ada, id)));
    codes.push(...answers.map(({ code }) => code));
  }
  expect(new Set(codes)).toEqual(new Set([null, "hold_not_active"]));
  const late = await bank.sql(
    `select from bank.transfers as capture join bank.holds as hold on hold.id = hold_id
      where hold.debit_account_id = $1 and capture.code is null
        and capture.created_at >= hold.expires_at`,
    [from],
  );
  expect(late).toEqual([]);
  await expectHealthyLedger(bank);
});
