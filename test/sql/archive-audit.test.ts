import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archiveAudit } from "../../scripts/archive-audit.ts";
import type { Bank } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { sqlState } from "./refusals.ts";

const createBank = ownBanks();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "edgebank-archive-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** A bank with a partition for January 2024 and some events in it. */
async function createOldBank(): Promise<Bank> {
  const bank = await createBank();
  await bank.sql(
    `create table bank.audit_events_2024_01 partition of bank.audit_events
       for values from ('018cc251-f400-7000-8000-000000000000')
                  to ('018d61f5-5c00-7000-8000-000000000000')`,
  );
  await bank.call("store_audit_events", {
    p_events: [1, 2, 3].map((day) => ({
      id: `018cc251-f400-7000-8000-00000000000${String(day)}`,
      created_at: `2024-01-01T00:00:00.00000${String(day)}Z`,
      action: "login",
      outcome: "success",
    })),
  });
  return bank;
}

const partitions = async (bank: Bank) =>
  (
    await bank.sql<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits " +
        "where inhparent = 'bank.audit_events'::regclass order by name",
    )
  ).map(({ name }) => name);

describe("prepare_audit_partitions", () => {
  test("makes this month's partition and three more, and nothing the second time", async () => {
    const bank = await createBank();
    await bank.call("prepare_audit_partitions", {});
    const names = await partitions(bank);
    expect(names).toHaveLength(5);
    expect(names).toContain("bank.audit_events_other");
    expect((await bank.call("prepare_audit_partitions", {})).body).toEqual({ created: [] });
    await bank.createCustomer();
    const stored_in = await bank.sql(
      "select distinct tableoid::regclass::text as name from bank.audit_events",
    );
    expect(stored_in).toEqual([{ name: names[0] }]);
    for (const statement of ["truncate", "delete from", "update"]) {
      const change = statement === "update" ? " set code = null" : "";
      const text = `${statement} ${names[0] ?? ""}${change}`;
      expect(await sqlState(bank.sql(text))).toBe("23001");
    }
  });

  test("leaves a month alone whose events came before it", async () => {
    const bank = await createBank();
    await bank.createCustomer();
    const { body } = await bank.call("prepare_audit_partitions", {});
    const made = await bank.value(
      "select bank_internal.audit_partition_name((clock_timestamp() at time zone 'UTC')::date)",
    );
    if ((await partitions(bank)).length === 4) expect(body.created).not.toContain(made);
    expect(await bank.sql("select from bank.audit_events")).not.toEqual([]);
  });

  test("audit events go on while it runs, also when its transaction is still open", async () => {
    const bank = await createBank();
    await bank.call("prepare_audit_partitions", {});
    await bank.sql(
      "drop table bank." +
        String(
          await bank.value(
            "select bank_internal.audit_partition_name((clock_timestamp() at time zone 'UTC' " +
              "+ interval '3 months')::date)",
          ),
        ),
    );
    const session = await bank.session();
    await session.query("begin");
    await session.query("select bank.prepare_audit_partitions()");
    const answer = await bank.call("record_login", {
      p_actor: await bank.admin(),
      p_succeeded: true,
    });
    expect(answer.unstored_audit_events).toBeNull();
    await session.query("rollback");
  });
});

describe("archiveAudit", () => {
  test("writes each event of the month as a line, then the month is gone", async () => {
    const bank = await createOldBank();
    const file = path.join(directory, "whole.jsonl");
    const session = await bank.session("superuser");
    expect(await archiveAudit(session, { month: "2024-01", file })).toBe(3);
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: "018cc251-f400-7000-8000-000000000001", action: "login", detail: {} },
      { id: "018cc251-f400-7000-8000-000000000002" },
      { id: "018cc251-f400-7000-8000-000000000003" },
    ]);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(await partitions(bank)).not.toContain("bank.audit_events_2024_01");
    expect(await bank.sql("select from bank.audit_events where action = 'login'")).toEqual([]);
  });

  test.each([
    ["a file that is there", "2024-01", "there.jsonl", /EEXIST/],
    ["a month without a partition", "2024-02", "none.jsonl", /no partition/],
    ["a month that is not written as one", "2024-1", "none.jsonl", /written like/],
  ])("drops nothing for %s", async (_what, month, name, message) => {
    const bank = await createOldBank();
    const file = path.join(directory, name);
    const session = await bank.session("superuser");
    if (name === "there.jsonl") {
      await archiveAudit(session, { month, file });
      const again = await createOldBank();
      await expect(archiveAudit(await again.session("superuser"), { month, file })).rejects.toThrow(
        message,
      );
      expect(await partitions(again)).toContain("bank.audit_events_2024_01");
      return;
    }
    await expect(archiveAudit(session, { month, file })).rejects.toThrow(message);
    expect(await partitions(bank)).toContain("bank.audit_events_2024_01");
  });

  test("drops no month that is not past", async () => {
    const bank = await createBank();
    await bank.call("prepare_audit_partitions", {});
    const month = await bank.value<string>(
      "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM')",
    );
    const file = path.join(directory, "current.jsonl");
    const session = await bank.session("superuser");
    await expect(archiveAudit(session, { month, file })).rejects.toThrow(/not past/);
    expect(
      await sqlState(
        session.query(
          "select bank_internal.drop_audit_partition((clock_timestamp() at time zone 'UTC')::date)",
        ),
      ),
    ).toBe("23001");
  });
});
