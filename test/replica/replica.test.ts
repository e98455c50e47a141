import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectProblem } from "../api/expectations.ts";
import type { ApiAnswer } from "../harness/http.ts";
import { isFromReplica, lag_max_ms, startReplicaBank, type ReplicaBank } from "./replica-bank.ts";

let bank: ReplicaBank;
let alice: string;

beforeAll(async () => {
  bank = await startReplicaBank();
  alice = bank.primary.alice_account_id;
}, 180_000);

afterAll(() => bank.stop());

beforeEach(async () => {
  bank.proxy.set("pass");
  await bank.resume();
  await bank.untilServing();
});

async function pay(key: string = randomUUID()): Promise<ApiAnswer> {
  const body = {
    debit_account_id: alice,
    credit_account_id: bank.primary.bob_account_id,
    amount: 1,
  };
  return bank.request("POST", "/v1/transfers", { key, body });
}

async function post(): Promise<{ id: string; position: string }> {
  const answer = await pay();
  expect(answer.status, answer.text).toBe(201);
  return { id: answer.body.id, position: answer.headers.get("Bank-Position") ?? "" };
}

const list = (position?: string, query = "limit=100"): Promise<ApiAnswer> =>
  bank.request(
    "GET",
    `/v1/transfers?${query}`,
    position === undefined ? {} : { headers: { "Bank-Position": position } },
  );

const idsOf = ({ body }: ApiAnswer): string[] => body.data.map(({ id }: { id: string }) => id);

/** A write on the primary, so that the standby has replayed something recently. */
const touch = () =>
  bank.primary.sql("update bank.jobs set facts = facts where name = 'expire_holds'");

describe("a replica without lag", () => {
  const lists = () => [
    "/v1/transfers",
    "/v1/holds",
    `/v1/accounts/${alice}/entries`,
    `/v1/accounts/${alice}/entries?limit=1`,
  ];

  test("serves statements and lists that are equal to the primary's", async () => {
    await post();
    await bank.untilServing();
    for (const target of lists()) {
      await touch();
      const answer = await bank.request("GET", target);
      expect([target, answer.status, isFromReplica(answer)]).toEqual([target, 200, true]);
      expect(answer.body.data).toEqual((await bank.primary.request("GET", target)).body.data);
    }
    const csv = await bank.request("GET", `/v1/accounts/${alice}/entries`, {
      headers: { Accept: "text/csv" },
    });
    expect([csv.status, csv.headers.get("Content-Type")]).toEqual([
      200,
      expect.stringContaining("text/csv"),
    ]);
  });

  test("serves no balance, no account, no user, no single resource, and no search for a key", async () => {
    const { id } = await post();
    await bank.untilServing();
    for (const target of [
      `/v1/accounts/${alice}`,
      `/v1/accounts/${alice}/balance`,
      "/v1/accounts",
      "/v1/me",
      `/v1/transfers/${id}`,
      "/v1/transfers?idempotency_key=x",
    ]) {
      await touch();
      const answer = await bank.request("GET", target);
      expect([target, answer.status, isFromReplica(answer)]).toEqual([target, 200, false]);
    }
    expect(isFromReplica(await pay())).toBe(false);
  });

  test("refuses nothing itself: the primary is asked about what it does not know yet", async () => {
    await bank.pause();
    const [row] = await bank.primary.sql<{ customer_id: string }>(
      "select customer_id from bank.accounts where id = $1",
      [alice],
    );
    const [account] = await bank.primary.sql<{ id: string }>(
      `insert into bank.accounts (
         id, customer_id, kind, name, currency, balance, version, created_at, updated_at)
       values (
         bank_internal.new_id(clock_timestamp()), $1, 'customer', 'New', 'USD', 0, 0, now(), now())
       returning id`,
      [row?.customer_id],
    );
    const answer = await bank.request("GET", `/v1/accounts/${account?.id ?? ""}/entries`);
    expect([answer.status, isFromReplica(answer)]).toEqual([200, false]);
  });

  test("does not decide about users: a user who was disabled is refused at once", async () => {
    await bank.pause();
    const disable = (at: string) =>
      bank.primary.sql(
        `update bank.users set disabled_at = ${at}
          where customer_id = (select customer_id from bank.accounts where id = $1)`,
        [alice],
      );
    await disable("clock_timestamp()");
    const answer = await list();
    await disable("null");
    expectProblem(answer, "unauthenticated");
  });
});

describe("a caller that sends its position back", () => {
  test("sees its write from the primary while the replica is behind, and from the replica afterwards", async () => {
    const before = await post();
    await bank.untilServing();
    await bank.pause();
    const { id, position } = await post();
    const blind = await list();
    // Shows that the check can fail: without the position the replica answers, and does not have
    // the transfer.
    expect([
      isFromReplica(blind),
      idsOf(blind).includes(id),
      idsOf(blind).includes(before.id),
    ]).toEqual([true, false, true]);
    const seeing = await list(position);
    expect([isFromReplica(seeing), idsOf(seeing).includes(id)]).toEqual([false, true]);
    expect(isFromReplica(await list(before.position))).toBe(true);
    await bank.resume();
    await bank.untilServing();
    const later = await list(position);
    expect([isFromReplica(later), idsOf(later).includes(id)]).toEqual([true, true]);
  });

  test("also gets a position with a decline and with a replay", async () => {
    const key = randomUUID();
    const body = {
      debit_account_id: alice,
      credit_account_id: bank.primary.bob_account_id,
      amount: 9_000_000_000,
    };
    const declined = await bank.request("POST", "/v1/transfers", { key, body });
    expect(declined.status).toBe(422);
    await bank.pause();
    const paid_key = randomUUID();
    expect((await pay(paid_key)).status).toBe(201);
    const replay = await pay(paid_key);
    expect(replay.headers.get("Idempotency-Replayed")).toBe("true");
    for (const { headers, body: of } of [declined, replay]) {
      const position = headers.get("Bank-Position") ?? "";
      expect(position).toMatch(/^[0-9a-f]{16}$/);
      expect(idsOf(await list(position))).toContain(of.transfer_id ?? of.id);
    }
  });

  test.each(["0000000000000000", "0000000000000001"])(
    "is answered by the replica for an old position, %s",
    async (position) => {
      expect(isFromReplica(await list(position))).toBe(true);
    },
  );

  test("is answered by the primary for a position of the future or of another bank", async () => {
    for (const position of ["00ffffffffffffff", "ffffffffffffffff", "7fffffffffffffff"]) {
      const answer = await list(position);
      expect([answer.status, isFromReplica(answer)]).toEqual([200, false]);
    }
    expect(isFromReplica(await list())).toBe(true);
  });

  test.each([
    "x",
    "0",
    "00000000000F4A21",
    "0x00000000000f4a",
    "00000000000f4a21, 00000000000f4a22",
    "-000000000000001",
  ])("is refused with %s", async (position) =>
    expectProblem(await list(position), "position_invalid"),
  );

  test("never misses its write under load, while the replica stops and goes on", async () => {
    let is_over = false;
    const seen = { replica: 0, primary: 0, missing: 0 };
    const writers = Array.from({ length: 4 }, async () => {
      while (!is_over) {
        const { id, position } = await post();
        for (let read = 0; read < 2; read += 1) {
          const answer = await list(position, "limit=100");
          expect(answer.status, answer.text).toBe(200);
          seen[isFromReplica(answer) ? "replica" : "primary"] += 1;
          if (!idsOf(answer).includes(id)) seen.missing += 1;
        }
      }
    });
    const give_up_at = Date.now() + 60_000;
    while ((seen.replica < 200 || seen.primary < 50) && Date.now() < give_up_at) {
      await bank.pause();
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
      await bank.resume();
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
    }
    is_over = true;
    await Promise.all(writers);
    console.log(`read your writes under load: ${JSON.stringify(seen)}`);
    expect(seen.missing).toBe(0);
    expect(seen.replica).toBeGreaterThanOrEqual(200);
    expect(seen.primary).toBeGreaterThanOrEqual(50);
  });
});

describe("a replica that lags", () => {
  test("is not asked once its lag is over the limit, so no answer lacks what was written before", async () => {
    const load = { is_over: false };
    const written: { id: string; at: number }[] = [];
    const writer = (async () => {
      while (!load.is_over) written.push({ id: (await post()).id, at: Date.now() });
    })();
    const seen = { replica: 0, primary: 0, older_than_allowed: 0, behind: 0 };
    const read = async () => {
      const started_at = Date.now();
      const answer = await list();
      seen[isFromReplica(answer) ? "replica" : "primary"] += 1;
      const ids = idsOf(answer);
      const oldest_shown = ids.at(-1) ?? "";
      // Only what lies on the page counts.
      const missing = written.filter(
        ({ id, at }) => at < started_at && id > oldest_shown && !ids.includes(id),
      );
      if (missing.length > 0) seen.behind += 1;
      if (missing.some(({ at }) => at < started_at - lag_max_ms)) seen.older_than_allowed += 1;
    };
    for (let round = 0; round < 3; round += 1) {
      const serving_until = Date.now() + 1_500;
      while (Date.now() < serving_until) await read();
      await bank.pause();
      const paused_until = Date.now() + lag_max_ms + 1_500;
      while (Date.now() < paused_until) await read();
      await bank.resume();
    }
    load.is_over = true;
    await writer;
    console.log(`reads of a lagging replica: ${JSON.stringify(seen)}`);
    expect(seen.older_than_allowed).toBe(0);
    expect(seen.behind).toBeGreaterThan(0);
    expect(seen.primary).toBeGreaterThan(0);
    expect(seen.replica).toBeGreaterThan(0);
    expect(bank.breaks).toContain("lag");
  });

  test("is not asked for some seconds after an outage, and a list is then one call of the primary", async () => {
    bank.proxy.set("refuse");
    expect((await list()).status).toBe(200);
    // Beside a read of the replica, the primary is asked for the caller by this function.
    await bank.primary.sql("revoke execute on function bank.get_me from bank_api");
    const answer = await list().finally(() =>
      bank.primary.sql("grant execute on function bank.get_me to bank_api"),
    );
    expect([answer.status, isFromReplica(answer)], answer.text).toEqual([200, false]);
  });

  test("leaves out nothing between one page and the next", async () => {
    for (let count = 0; count < 3; count += 1) await post();
    await bank.untilServing();
    await bank.pause();
    const news = [];
    for (let count = 0; count < 4; count += 1) news.push(await post());
    // The first page comes from the primary, which knows all four; the replica knows none of them.
    const first = await list(news.at(-1)?.position, "limit=2");
    expect(isFromReplica(first)).toBe(false);
    const second = await list(undefined, `limit=2&cursor=${first.body.next_cursor}`);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(news.map(({ id }) => id).reverse());
  });

  test("does not show what an open earlier transaction has written, and does not reach a position behind it", async () => {
    const open = await bank.primary.connect();
    await open.query("begin");
    const { rows } = await open.query<{ id: string }>("select pg_current_xact_id()::text as id");
    await open.query("insert into bank.jobs (name) values ('open')");
    const { position } = await post();
    await bank.primary.sql("select pg_switch_wal()");
    await expect
      .poll(() =>
        bank.sql("select pg_snapshot_xmax(pg_current_snapshot()) > $1::xid8 as is_behind", [
          rows[0]?.id,
        ]),
      )
      .toEqual([{ is_behind: true }]);
    // PostgreSQL's own question is wrong on a standby, whose snapshots do not name what is under
    // way.
    expect(
      await bank.sql(
        "select pg_visible_in_snapshot($1::xid8, pg_current_snapshot()) as is_visible",
        [rows[0]?.id],
      ),
    ).toEqual([{ is_visible: true }]);
    expect(await bank.sql("select from bank.jobs where name = 'open'")).toEqual([]);
    expect(isFromReplica(await list(position))).toBe(false);
    await open.query("rollback");
    await open.end();
    await touch();
    await expect
      .poll(async () => isFromReplica(await list(position)), { timeout: 10_000 })
      .toBe(true);
  });
});

describe("a replica that is away", () => {
  test.each(["refuse", "garbage", "hang"] as const)(
    "(%s) is replaced by the primary, and is not asked for some seconds",
    async (fault) => {
      const before = bank.breaks.length;
      bank.proxy.set(fault);
      for (let count = 0; count < 5; count += 1) {
        const answer = await list();
        expect([answer.status, isFromReplica(answer)]).toEqual([200, false]);
      }
      expect(bank.breaks.slice(before)).toEqual([fault === "hang" ? "slow" : "outage"]);
    },
  );
});
