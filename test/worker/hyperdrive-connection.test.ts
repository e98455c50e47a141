import { afterEach, describe, expect, test, vi } from "vitest";
import { HyperdriveConnection } from "../../src/database/hyperdrive-connection.ts";
import { TimedOut } from "../../src/in-time.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A message of the server: its type, its length, and its body. */
function message(type: string, body: string | readonly number[] = ""): Buffer {
  const bytes = Buffer.from(body as string);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length + 4);
  return Buffer.concat([Buffer.from(type), length, bytes]);
}

const int32 = (value: number): readonly number[] => [0, 0, value >> 8, value & 255];

const ready = message("Z", "I");
const greeting = Buffer.concat([
  message("R", int32(0)),
  message("S", "server_version\x0018.4\0"),
  message("K", [...int32(1), ...int32(2)]),
  ready,
]);

function row(...columns: (string | null)[]): Buffer {
  const values = columns.map((column) => {
    const bytes = Buffer.from(column ?? "");
    return [...(column === null ? [255, 255, 255, 255] : int32(bytes.length)), ...bytes];
  });
  return message("D", [0, columns.length, ...values.flat()]);
}

function rowsMessages(...rows: readonly Buffer[]): Buffer {
  return Buffer.concat([
    message("1"),
    message("2"),
    message("T", [0, 0]),
    ...rows,
    message("C", "SELECT 1\0"),
    ready,
  ]);
}

function error(severity: string, code: string, text: string): Buffer {
  return message("E", `S${severity}\0V${severity}\0C${code}\0M${text}\0\0`);
}

/** A Hyperdrive whose far end is the test. */
function startServer(login = { user: "bank_api", password: "secret", database: "bank" }) {
  const received = new TransformStream<Uint8Array, Uint8Array>();
  const sent: Buffer[] = [];
  let closed = 0;
  const socket = {
    readable: received.readable,
    writable: new WritableStream<Uint8Array>({
      write: (bytes) => void sent.push(Buffer.from(bytes)),
    }),
    closed: Promise.resolve(),
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  };
  const hyperdrive = { ...login, connect: () => socket } as unknown as Hyperdrive;
  const writer = received.writable.getWriter();
  return {
    hyperdrive,
    /** What the connection has sent, one element for each write. */
    sent,
    closed: () => closed,
    send: (bytes: Uint8Array) => writer.write(bytes),
    end: () => writer.close(),
    fail: () => writer.abort(new Error("connection reset")),
  };
}

async function openConnection() {
  const server = startServer();
  const opening = HyperdriveConnection.open(server.hyperdrive);
  await server.send(greeting);
  return { server, connection: await opening };
}

describe("opening", () => {
  test("sends the user and the database, and nothing to a server that asks nothing", async () => {
    const { server } = await openConnection();
    expect(server.sent.map(String)).toEqual([
      expect.stringMatching(/user\0bank_api\0database\0bank\0client_encoding\0UTF8\0\0$/),
    ]);
  });

  test("gives a server that asks for it the password", async () => {
    const server = startServer();
    const opening = HyperdriveConnection.open(server.hyperdrive);
    await server.send(message("R", int32(3)));
    await expect.poll(() => String(server.sent[1])).toMatch(/^p....secret\0$/s);
    await server.send(greeting);
    await opening;
  });

  test("gives a server that asks for it the password's MD5 with its salt", async () => {
    const server = startServer();
    const opening = HyperdriveConnection.open(server.hyperdrive);
    await server.send(message("R", [...int32(5), 1, 2, 3, 4]));
    // printf secretbank_api | md5sum, and again with the salt behind its digits
    await expect
      .poll(() => String(server.sent[1]))
      .toContain("md5776581b928125abd1bdb09f064ac3a8f\0");
    await server.send(greeting);
    await opening;
  });

  test("fails with the error of the server", async () => {
    const server = startServer();
    const opening = HyperdriveConnection.open(server.hyperdrive);
    await server.send(error("FATAL", "28P01", "password authentication failed"));
    await expect(opening).rejects.toMatchObject({ severity: "FATAL", code: "28P01" });
  });

  test("fails when the server ends the connection, breaks it, or asks for something unknown", async () => {
    for (const happen of [
      (server: ReturnType<typeof startServer>) => server.end(),
      (server: ReturnType<typeof startServer>) => server.fail(),
      (server: ReturnType<typeof startServer>) => server.send(message("R", int32(7))),
    ]) {
      const server = startServer();
      const opening = HyperdriveConnection.open(server.hyperdrive);
      await Promise.all([expect(opening).rejects.toThrow(), happen(server).catch(() => undefined)]);
      expect(server.closed()).toBe(1);
    }
  });

  test("fails when the server is silent for too long", async () => {
    vi.useFakeTimers();
    const server = startServer();
    const failed = expect(HyperdriveConnection.open(server.hyperdrive)).rejects.toThrow(TimedOut);
    await vi.advanceTimersByTimeAsync(5_000);
    await failed;
    expect(server.closed()).toBe(1);
  });
});

describe("a statement", () => {
  test("is one write with its values as text, and its rows are text", async () => {
    const { server, connection } = await openConnection();
    const rows = connection.query("select $1", ["ü", 9007199254740991, true, null]);
    await server.send(rowsMessages(row("é", null, ""), row("2", "t", "x")));
    expect(await rows).toEqual([
      ["é", null, ""],
      ["2", "t", "x"],
    ]);
    expect(server.sent).toHaveLength(2);
    const text = String(server.sent[1]);
    expect(text.replace(/[^\x20-\x7e]/gu, "")).toMatch(
      /^P.*select \$1B.*9007199254740991.*trueD.*E.*S/,
    );
    const nulls = server.sent[1]?.toString("hex").match(/ffffffff/g);
    expect(nulls).toHaveLength(1);
  });

  test("has the same rows wherever its answer is cut, and whatever is around it in its buffer", async () => {
    const answer = rowsMessages(row('{"amount" : 1}', null), row("ü", "2"));
    for (let cut = 1; cut < answer.length; cut += 1) {
      const { server, connection } = await openConnection();
      const rows = connection.query("select 1", []);
      const padded = Buffer.concat([Buffer.from("before"), answer, Buffer.from("after")]);
      const whole = new Uint8Array(padded).subarray(6, 6 + answer.length);
      await server.send(whole.subarray(0, cut));
      await server.send(whole.subarray(cut));
      expect(await rows).toEqual([
        ['{"amount" : 1}', null],
        ["ü", "2"],
      ]);
    }
  });

  test("ignores what the server tells besides", async () => {
    const { server, connection } = await openConnection();
    const rows = connection.query("select 1", []);
    await server.send(message("N", "SNOTICE\0C00000\0Mnote\0\0"));
    await server.send(message("S", "TimeZone\0UTC\0"));
    await server.send(rowsMessages(row("1")));
    expect(await rows).toEqual([["1"]]);
  });

  test("that fails has the error of Postgres, and the next one its own rows", async () => {
    const { server, connection } = await openConnection();
    const failed = connection.query("select 1/0", []);
    await server.send(error("ERROR", "22012", "division by zero"));
    await expect(failed).rejects.toMatchObject({ severity: "ERROR", code: "22012" });
    const rows = connection.query("select 2", []);
    await server.send(ready);
    await expect.poll(() => server.sent).toHaveLength(3);
    await server.send(rowsMessages(row("2")));
    expect(await rows).toEqual([["2"]]);
    expect(server.closed()).toBe(0);
  });

  test("waits until the one before it has its answer", async () => {
    const { server, connection } = await openConnection();
    const both = Promise.all([connection.query("select 1", []), connection.query("select 2", [])]);
    await expect.poll(() => server.sent).toHaveLength(2);
    await server.send(rowsMessages(row("1")));
    await expect.poll(() => server.sent).toHaveLength(3);
    await server.send(rowsMessages(row("2")));
    expect(await both).toEqual([[["1"]], [["2"]]]);
  });

  test("without an answer in time fails, and no later one can take that answer", async () => {
    const { server, connection } = await openConnection();
    vi.useFakeTimers();
    const failed = expect(connection.query("select 1", [])).rejects.toThrow(TimedOut);
    await vi.advanceTimersByTimeAsync(7_000);
    await failed;
    vi.useRealTimers();
    expect(server.closed()).toBe(1);
    await expect(connection.query("select 2", [])).rejects.toThrow("The connection is closed.");
    expect(server.sent).toHaveLength(2);
  });

  test.each(["end", "fail"] as const)(
    "fails without a severity when the connection is lost (%s), as does the next one",
    async (how) => {
      const { server, connection } = await openConnection();
      const lost = connection.query("select 1", []).catch((reason: unknown) => reason);
      await server[how]();
      expect(await lost).toMatchObject({
        message: expect.stringMatching(/closed the connection|connection reset/) as unknown,
      });
      expect(await lost).not.toHaveProperty("severity");
      await expect(connection.query("select 2", [])).rejects.toThrow();
    },
  );

  test("fails with the last words of a server that stops", async () => {
    const { server, connection } = await openConnection();
    const failed = connection.query("select 1", []);
    await server.send(error("FATAL", "57P01", "terminating connection"));
    await server.end();
    await expect(failed).rejects.toMatchObject({ severity: "FATAL", code: "57P01" });
  });
});

describe("a kept connection", () => {
  test("knows between statements when the server has closed it", async () => {
    const { server, connection } = await openConnection();
    const closed = connection.closed();
    const rows = connection.query("select 1", []);
    await server.send(rowsMessages(row("1")));
    expect(await rows).toEqual([["1"]]);
    expect(server.closed()).toBe(0);
    await server.end();
    await closed;
    expect(server.closed()).toBe(1);
  });
});
