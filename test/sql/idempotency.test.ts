import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { describe, expect, test } from "vitest";
import { sessionPid, sharedBank, until, type Answer, type CustomerActor } from "../harness/bank.ts";
import { refusal, sqlState } from "./refusals.ts";

const bank = sharedBank();

interface Pair {
  readonly ada: CustomerActor;
  readonly from: string;
  readonly to: string;
}

/** A customer with 100 on one account and nothing on another. */
async function createPair(): Promise<Pair> {
  const ada = await bank.createCustomer();
  return {
    ada,
    from: await bank.createAccount(ada, { balance: 100 }),
    to: await bank.createAccount(ada),
  };
}

/**
 * An answer given again is the first one but for saying so; its audit events were the first one's.
 */
function replayOf(answer: Answer): Answer {
  return { ...answer, replayed: true, unstored_audit_events: null };
}

async function claims(scope: string | null, key: string): Promise<number> {
  return Number(
    await bank.value(
      `select (select count(*) from bank.idempotency_keys where scope = $1 and key = $2)
            + (select count(*) from bank.transfers
                where idempotency_scope = $1 and idempotency_key = $2)`,
      [scope, key],
    ),
  );
}

describe("the same key with the same request", () => {
  test("answers a posted transfer again, character by character, and moves nothing", async () => {
    const { ada, from, to } = await createPair();
    const order = { from, to, amount: 30, key: randomUUID() };
    const first = await bank.transfer(ada, order, { p_metadata: { a: 1, b: 2 } });
    const second = await bank.transfer(ada, order, { p_metadata: { b: 2, a: 1 } });
    expect(second).toEqual(replayOf(first));
    expect(await bank.balances(from, to)).toEqual([70, 30]);
    expect(await bank.countTransfers(order.key)).toBe(1);
    expect(await bank.auditEvents(first.body.id, "transfer.create")).toHaveLength(1);
  });

  test("answers a decline again, though it would post by now", async () => {
    const { ada, from, to } = await createPair();
    const order = { from, to, amount: 101, key: randomUUID() };
    const declined = await bank.transfer(ada, order);
    await bank.credit(from, 1);
    expect(await bank.transfer(ada, order)).toEqual(replayOf(declined));
    expect(declined.code).toBe("insufficient_funds");
    expect(await bank.balances(from, to)).toEqual([101, 0]);
  });

  test("answers a posted transfer again, though it would be declined by now", async () => {
    const { ada, from, to } = await createPair();
    const order = { from, to, amount: 100, key: randomUUID() };
    const posted = await bank.transfer(ada, order);
    const p_actor = await bank.admin();
    await bank.call("update_account", { p_actor, p_account_id: from, p_status: "closed" });
    await bank.call("update_customer", {
      p_actor,
      p_customer_id: ada.customer_id,
      p_status: "frozen",
    });
    expect(await bank.transfer(ada, order)).toEqual(replayOf(posted));
  });

  test.each(["credit", "debit"] as const)("%ss once", async (kind) => {
    const { from } = await createPair();
    const p_idempotency_key = randomUUID();
    const first = await bank[kind](from, 10, { p_idempotency_key });
    expect(await bank[kind](from, 10, { p_idempotency_key })).toEqual(replayOf(first));
    expect(await bank.balances(from)).toEqual([kind === "credit" ? 110 : 90]);
  });

  test("answers after the request id and the address have changed", async () => {
    const { ada, from, to } = await createPair();
    const order = { from, to, amount: 1, key: randomUUID() };
    const first = await bank.transfer(ada, order);
    expect(await bank.transfer({ ...ada, request_id: "retry", ip: "198.51.100.1" }, order)).toEqual(
      replayOf(first),
    );
  });
});

describe("the same key with another request is refused, and nothing moves", () => {
  const full = { p_currency: "USD", p_description: "Rent", p_metadata: { a: 1 } };
  test.each([
    ["another amount", { p_amount: 11 }],
    ["no currency", { p_currency: undefined }],
    ["another currency", { p_currency: "EUR" }],
    ["another description", { p_description: "Rent " }],
    ["no description", { p_description: undefined }],
    ["another value in the metadata", { p_metadata: { a: "1" } }],
    ["no metadata", { p_metadata: undefined }],
    ["another credited account", { p_credit_account_id: randomUUID() }],
    ["another debited account", { p_debit_account_id: randomUUID() }],
  ])("%s", async (_what, other) => {
    const { ada, from, to } = await createPair();
    const order = { from, to, amount: 10, key: randomUUID() };
    await bank.transfer(ada, order, full);
    const answer = await refusal(bank.transfer(ada, order, { ...full, ...other }));
    expect(answer).toEqual({ code: "idempotency_key_reused" });
    expect(await bank.balances(from, to)).toEqual([90, 10]);
    expect(await bank.countTransfers(order.key)).toBe(1);
  });

  test("another operation, after a posted one and after a declined one", async () => {
    const { from } = await createPair();
    for (const amount of [10, 1000]) {
      const p_idempotency_key = randomUUID();
      await bank.debit(from, amount, { p_idempotency_key });
      const credit = bank.credit(from, amount, { p_idempotency_key });
      expect(await refusal(credit)).toEqual({ code: "idempotency_key_reused" });
    }
    expect(await bank.balances(from)).toEqual([90]);
  });

  test("two customers' accounts swapped", async () => {
    const ada = await bank.createCustomer();
    const [one, other] = [
      await bank.createAccount(ada, { balance: 10 }),
      await bank.createAccount(ada, { balance: 10 }),
    ];
    const key = randomUUID();
    await bank.transfer(ada, { from: one, to: other, amount: 5, key });
    const back = bank.transfer(ada, { from: other, to: one, amount: 5, key });
    expect(await refusal(back)).toEqual({ code: "idempotency_key_reused" });
  });
});

describe("the scope of a key", () => {
  test("two customers with one key make two transfers", async () => {
    const [one, other] = [await createPair(), await createPair()];
    const key = randomUUID();
    const answers = [
      await bank.transfer(one.ada, { from: one.from, to: one.to, amount: 10, key }),
      await bank.transfer(other.ada, { from: other.from, to: other.to, amount: 10, key }),
    ];
    expect(answers.map((answer) => answer.replayed)).toEqual([false, false]);
    expect(await bank.countTransfers(key)).toBe(2);
  });

  test("two admins with one key make two credits", async () => {
    const { from } = await createPair();
    const p_idempotency_key = randomUUID();
    for (const p_actor of [await bank.createAdmin(), await bank.createAdmin()])
      expect((await bank.credit(from, 10, { p_actor, p_idempotency_key })).replayed).toBe(false);
    expect(await bank.balances(from)).toEqual([120]);
  });

  test("an admin and the customer whose money it is are two scopes", async () => {
    const { ada, from, to } = await createPair();
    const order = { from, to, amount: 10, key: randomUUID() };
    await bank.transfer(ada, order);
    expect((await bank.transfer(await bank.admin(), order)).replayed).toBe(false);
    expect(await bank.balances(from, to)).toEqual([80, 20]);
  });
});

describe("a call that was refused claims no key", () => {
  test("not_found: the key serves the corrected request", async () => {
    const { ada, from, to } = await createPair();
    const key = randomUUID();
    const wrong = bank.transfer(ada, { from, to: randomUUID(), amount: 10, key });
    expect(await refusal(wrong)).toEqual({ code: "not_found" });
    expect(await claims(ada.customer_id, key)).toBe(0);
    expect((await bank.transfer(ada, { from, to, amount: 10, key })).body.status).toBe("posted");
  });

  test("forbidden", async () => {
    const { ada, from } = await createPair();
    const p_idempotency_key = randomUUID();
    expect(await refusal(bank.credit(from, 10, { p_actor: ada, p_idempotency_key }))).toEqual({
      code: "forbidden",
    });
    expect(await claims(ada.customer_id, p_idempotency_key)).toBe(0);
  });

  test("a value that the ledger does not take", async () => {
    const { ada, from, to } = await createPair();
    const key = randomUUID();
    expect(await sqlState(bank.transfer(ada, { from, to, amount: 0, key }))).toBe("23514");
    expect(await claims(ada.customer_id, key)).toBe(0);
  });

  test("a lock timeout on an account claims no key", async () => {
    const { ada, from, to } = await createPair();
    const [holder, caller] = [await bank.session("superuser"), await bank.session()];
    await holder.query("begin");
    await holder.query("select from bank.accounts where id = $1 for no key update", [to]);
    await caller.query("set lock_timeout = '30ms'");
    const order = { from, to, amount: 10, key: randomUUID() };
    expect(await sqlState(bank.transfer(ada, { ...order, session: caller }))).toBe("55P03");
    await holder.query("rollback");
    expect(await claims(ada.customer_id, order.key)).toBe(0);
    expect((await bank.transfer(ada, order)).body.status).toBe("posted");
  });
});

describe("two at once", () => {
  test("the second waits for the first and replays it", async () => {
    const { ada, from, to } = await createPair();
    const [one, other] = [await bank.session(), await bank.session()];
    const order = { from, to, amount: 10, key: randomUUID() };
    await one.query("begin");
    const first = await bank.transfer(ada, { ...order, session: one });
    const waiting = bank.transfer(ada, { ...order, session: other });
    await bank.untilBlocked(other);
    await one.query("commit");
    expect(await waiting).toEqual(replayOf(first));
    expect(await bank.balances(from, to)).toEqual([90, 10]);
  });

  test("past the lock timeout the second is told that the key is in use, and may try again", async () => {
    const { ada, from, to } = await createPair();
    const [one, other] = [await bank.session(), await bank.session()];
    const order = { from, to, amount: 10, key: randomUUID() };
    await one.query("begin");
    const first = await bank.transfer(ada, { ...order, session: one });
    await other.query("set lock_timeout = '30ms'");
    const refused = bank.transfer(ada, { ...order, session: other });
    expect(await refusal(refused)).toEqual({ code: "idempotency_key_in_use" });
    await one.query("commit");
    expect(await bank.transfer(ada, { ...order, session: other })).toEqual(replayOf(first));
  });

  test("the role of the Worker waits two seconds for a lock, not for ever", async () => {
    const session = await bank.session();
    const { rows } = await session.query("select current_setting('lock_timeout') as limit");
    expect(rows).toEqual([{ limit: "2s" }]);
  });
});

describe("a crash leaves neither a claim nor money", () => {
  const crashes: readonly (readonly [
    how: string,
    crash: (session: Awaited<ReturnType<typeof bank.session>>) => Promise<unknown>,
  ])[] = [
    ["a rollback", (session) => session.query("rollback")],
    ["a lost connection", (session) => session.end()],
    [
      "a killed server process",
      (session) => bank.sql("select pg_terminate_backend($1)", [sessionPid(session)]),
    ],
  ];
  test.each([...crashes])("%s", async (_how, crash) => {
    const { ada, from, to } = await createPair();
    const order = { from, to, amount: 10, key: randomUUID() };
    const session = await bank.session();
    await session.query("begin");
    expect((await bank.transfer(ada, { ...order, session })).body.status).toBe("posted");
    await crash(session);
    await until(() =>
      bank.value(
        "select not exists (select from pg_stat_activity where pid = $1 " +
          "and xact_start is not null)",
        [sessionPid(session)],
      ),
    );
    expect(await claims(ada.customer_id, order.key)).toBe(0);
    expect(await bank.balances(from, to)).toEqual([100, 0]);
    const retried = await bank.transfer(ada, order);
    expect(retried).toMatchObject({ replayed: false, body: { status: "posted" } });
    expect(await bank.balances(from, to)).toEqual([90, 10]);
  });
});

describe("one key for a transfer and for what makes none", () => {
  const asHold = (
    actor: CustomerActor,
    order: { from: string; to: string; amount: number; key: string },
  ) => bank.createHold(actor, order);

  test("is refused as reused, whichever came first", async () => {
    const { ada, from, to } = await createPair();
    const [one, other] = [randomUUID(), randomUUID()];
    await bank.transfer(ada, { from, to, amount: 1, key: one });
    expect(await refusal(asHold(ada, { from, to, amount: 1, key: one }))).toEqual({
      code: "idempotency_key_reused",
    });
    await asHold(ada, { from, to, amount: 1, key: other });
    expect(await refusal(bank.transfer(ada, { from, to, amount: 1, key: other }))).toEqual({
      code: "idempotency_key_reused",
    });
    expect(await bank.balances(from, to)).toEqual([99, 1]);
    expect(await bank.verify()).toEqual([]);
  });

  test.each(["the transfer first", "the hold first"])(
    "is reused at the same moment too: %s",
    async (which) => {
      const [{ ada, from, to }, third] = [await createPair(), await bank.createCustomer()];
      const elsewhere = await bank.createAccount(third);
      const own = await bank.createAccount(ada, { balance: 10 });
      const key = randomUUID();
      const [one, other] = [await bank.session(), await bank.session()];
      await one.query("begin");
      // Two pairs of accounts, so that nothing but the key can make the second wait.
      const holds = (session: Client) =>
        bank.call(
          "create_hold",
          {
            p_actor: ada,
            p_idempotency_key: key,
            p_debit_account_id: own,
            p_credit_account_id: elsewhere,
            p_amount: 1,
          },
          session,
        );
      const transfers = (session: Client) =>
        bank.transfer(ada, { from, to, amount: 1, key, session });
      const [first, second] =
        which === "the transfer first" ? [transfers, holds] : [holds, transfers];
      await first(one);
      const waiting = refusal(second(other));
      await bank.untilBlocked(other);
      await one.query("commit");
      expect(await waiting).toEqual({ code: "idempotency_key_reused" });
      expect(await bank.verify()).toEqual([]);
    },
  );
});
