import { expect, test } from "vitest";
import { text_types } from "../../src/database/query.ts";
import { answer_members, readAnswer } from "../../src/database/statement.ts";
import { sharedBank } from "../harness/bank.ts";
import { sharedConnections } from "../harness/connections.ts";

const bank = sharedBank();

test("every statement selects the members of bank.answer, in the order of the type", async () => {
  const members = await bank.sql<{ name: string }>(
    `select attname as name from pg_attribute
      where attrelid = 'bank.answer'::regclass and attnum > 0 and not attisdropped
      order by attnum`,
  );
  expect(members.map(({ name }) => name)).toEqual(answer_members);
});

test("an answer is read from the text that Postgres sends", async () => {
  const client = await sharedConnections().open("superuser");
  const { rows } = await client.query<(string | null)[]>({
    text: `select answer.*, '7' from (select (row('frozen', '{"a" : 1}', true,
             array['account:1', 'accounts:2'], 'next', 1500, '[]')::bank.answer).*) as answer`,
    rowMode: "array",
    types: text_types,
  });
  await client.end();
  expect(readAnswer(rows[0], "snapshot")).toEqual({
    code: "frozen",
    body: '{"a" : 1}',
    replayed: true,
    changed: ["account:1", "accounts:2"],
    next_position: "next",
    cache_lifetime_ms: 1500,
    unstored_audit_events: "[]",
    position: "7",
  });
});

test("what an answer leaves out is no change, no replay and nothing to tell", () => {
  const nothing = {
    code: null,
    body: null,
    replayed: false,
    changed: [],
    next_position: null,
    cache_lifetime_ms: null,
    unstored_audit_events: null,
    position: null,
  };
  expect(readAnswer([null, null, null, null, null, null, null], "nothing")).toEqual(nothing);
  expect(readAnswer([null, null, "f", "{}", null, null, null], "nothing")).toEqual(nothing);
});

test("the position after a write is above its own transaction, and that of a read is its snapshot's", () => {
  const positionOf = (position: string, wanted: "written" | "snapshot") =>
    readAnswer([null, null, "f", "{}", null, null, null, position], wanted).position;
  expect(positionOf("18446744073709551614", "written")).toBe("18446744073709551615");
  expect(positionOf("1401", "snapshot")).toBe("1401");
});

test("a statement without a row is a defect", () => {
  expect(() => readAnswer(undefined, "nothing")).toThrow("no answer");
});
