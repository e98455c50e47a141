import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LentConnections } from "../../src/database/lent-connections.ts";
import type { Row } from "../../src/database/query.ts";

const loan_ms = 2_000;

let connections: LentConnections;

beforeEach(() => {
  vi.useFakeTimers();
  connections = new LentConnections();
});
afterEach(() => vi.useRealTimers());

/** A connection whose far end is the test. Its statements are answered with its name. */
class FakeConnection {
  readonly name: string;
  readonly sent: string[] = [];
  is_closed = false;
  /** If set, a statement waits for it. */
  answer: Promise<readonly Row[]> | undefined;
  readonly #closed = Promise.withResolvers<undefined>();

  constructor(name: string) {
    this.name = name;
  }

  query(text: string): Promise<readonly Row[]> {
    this.sent.push(text);
    return this.answer ?? Promise.resolve([[this.name]]);
  }

  closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): void {
    this.is_closed = true;
    this.#closed.resolve(undefined);
  }
}

/** Lets everything happen that waits for nothing but promises. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

function lend(name: string): FakeConnection {
  const connection = new FakeConnection(name);
  void connections.lend(connection);
  return connection;
}

test("without a connection that is lent, nothing is sent", async () => {
  expect(await connections.query("select 1", [])).toBeUndefined();
});

test("statement after statement goes over the connection that was used last", async () => {
  const [first, second] = [lend("first"), lend("second")];
  for (const text of ["select 1", "select 2", "select 3"])
    expect(await connections.query(text, [])).toEqual([["second"]]);
  expect([first.sent, second.sent]).toEqual([[], ["select 1", "select 2", "select 3"]]);
});

test("a statement never waits for another one", async () => {
  const connection = lend("only");
  const answered = Promise.withResolvers<readonly Row[]>();
  connection.answer = answered.promise;
  const rows = connections.query("select 1", []);
  expect(await connections.query("select 2", [])).toBeUndefined();
  answered.resolve([["1"]]);
  expect(await rows).toEqual([["1"]]);
  connection.answer = undefined;
  expect(await connections.query("select 3", [])).toEqual([["only"]]);
  expect(connection.sent).toEqual(["select 1", "select 3"]);
});

test("the error of a statement is its sender's, and the next one has its own rows", async () => {
  const connection = lend("only");
  const error = Object.assign(new Error("division by zero"), { severity: "ERROR" });
  connection.answer = Promise.reject(error);
  await expect(connections.query("select 1/0", [])).rejects.toBe(error);
  connection.answer = undefined;
  expect(await connections.query("select 2", [])).toEqual([["only"]]);
});

test("a connection that was closed in the middle of a statement is not used again", async () => {
  const connection = lend("only");
  const answered = Promise.withResolvers<readonly Row[]>();
  connection.answer = answered.promise;
  const lost = connections.query("select 1", []);
  await settle();
  connection.close();
  answered.reject(new Error("connection reset"));
  await expect(lost).rejects.toThrow("connection reset");
  expect(await connections.query("select 2", [])).toBeUndefined();
  expect(connection.sent).toEqual(["select 1"]);
});

test("a loan ends with a connection that was closed, even if nothing more is heard of it", async () => {
  const connection = new FakeConnection("only");
  connection.closed = () => new Promise(() => undefined);
  const lent = connections.lend(connection);
  const answered = Promise.withResolvers<readonly Row[]>();
  connection.answer = answered.promise;
  const lost = expect(connections.query("select 1", [])).rejects.toThrow("too late");
  await settle();
  // As the time limit of a statement does.
  connection.close();
  answered.reject(new Error("too late"));
  await lost;
  await lent;
});

test("a connection that was closed between statements is not used again", async () => {
  const connection = lend("only");
  connection.close();
  await settle();
  expect(await connections.query("select 1", [])).toBeUndefined();
  expect(connection.sent).toEqual([]);
});

test("nothing is sent over a connection that closes while it gets a statement", async () => {
  const connection = lend("only");
  const rows = connections.query("select 1", []);
  connection.close();
  expect(await rows).toBeUndefined();
  expect(connection.sent).toEqual([]);
});

test("a connection is lent for two seconds, and then closed", async () => {
  const connection = lend("only");
  await vi.advanceTimersByTimeAsync(loan_ms - 1);
  expect(await connections.query("select 1", [])).toEqual([["only"]]);
  expect(connection.is_closed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(connection.is_closed).toBe(true);
  expect(await connections.query("select 2", [])).toBeUndefined();
});

test("a statement that is under way then has its answer first", async () => {
  const connection = lend("only");
  await vi.advanceTimersByTimeAsync(loan_ms - 1);
  const answered = Promise.withResolvers<readonly Row[]>();
  connection.answer = answered.promise;
  const rows = connections.query("select 1", []);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(connection.is_closed).toBe(false);
  answered.resolve([["1"]]);
  expect(await rows).toEqual([["1"]]);
  await settle();
  expect(connection.is_closed).toBe(true);
});

test("a statement without an answer fails, even if the request that sends it ends", async () => {
  const connection = lend("only");
  connection.answer = new Promise(() => undefined);
  const failed = expect(connections.query("select 1", [])).rejects.toThrow("no result");
  await vi.advanceTimersByTimeAsync(8_000);
  await failed;
});

test("64 idle connections are kept, and one more is closed at once", async () => {
  const lent = Array.from({ length: 65 }, (_, place) => lend(String(place)));
  await settle();
  expect(lent.map(({ is_closed }) => is_closed)).toEqual([
    ...Array.from({ length: 64 }, () => false),
    true,
  ]);
});
