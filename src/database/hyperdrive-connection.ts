import { DatabaseError, serialize } from "pg-protocol";
import type { BackendMessage } from "pg-protocol/dist/messages.js";
import { Parser } from "pg-protocol/dist/parser.js";
import { inTime } from "../in-time.ts";
import { PasswordLogin } from "./password-login.ts";
import { isStatementError, query_timeout_ms, type Row, type Value } from "./query.ts";

const connection_timeout_ms = 5_000;

type Socket = ReturnType<Hyperdrive["connect"]>;
type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
type Writer = WritableStreamDefaultWriter<Uint8Array>;
type DataRow = BackendMessage & { readonly fields: Row };

/**
 * One connection through Hyperdrive. It sends what pg's client sends, and uses pg's serializer and
 * parser, but not the client itself: its events and objects would cost a transfer a tenth of the
 * Worker's time and half of its garbage. What the bank does not use is given up: named statements,
 * values of other types than text, copying, notifications, cancellation.
 */
export class HyperdriveConnection {
  readonly #socket: Socket;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #parser = new Parser();
  /** Messages that nobody has taken yet. */
  readonly #received: BackendMessage[] = [];
  /** The read that is under way, or the last one if it has failed. */
  #reading: Promise<void> | undefined;
  #is_closed = false;
  /** Postgres waits for a statement. */
  #is_ready = false;
  /** Ends when the last statement has ended. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader() as Reader;
    this.#writer = socket.writable.getWriter() as Writer;
    // The reads fail with the same error.
    socket.closed.catch(ignore);
  }

  /** Throws `DatabaseError`, `TimedOut`, and the errors of the socket. */
  static async open(hyperdrive: Hyperdrive): Promise<HyperdriveConnection> {
    const connection = new HyperdriveConnection(hyperdrive.connect());
    await connection.#inTime(connection.#logIn(hyperdrive), connection_timeout_ms);
    return connection;
  }

  /** Whether this end has closed it, also because a statement has ended without an answer. */
  get is_closed(): boolean {
    return this.#is_closed;
  }

  /**
   * Sends one statement and returns its rows. Statements are sent one after the other.
   *
   * Throws `DatabaseError`, `TimedOut`, and the errors of the socket.
   */
  query(text: string, values: readonly Value[]): Promise<readonly Row[]> {
    const rows = this.#last.then(() => this.#inTime(this.#ask(text, values), query_timeout_ms));
    this.#last = rows.catch(ignore);
    return rows;
  }

  /**
   * Waits until the connection is closed, also by Postgres and between statements. Only a
   * connection that is used for long needs to know it. Never rejects.
   */
  async closed(): Promise<void> {
    try {
      for (;;) await this.#read();
    } catch {
      this.close();
    }
  }

  close(): void {
    this.#is_closed = true;
    this.#socket.close().catch(ignore);
  }

  async #logIn({ user, password, database }: Hyperdrive): Promise<void> {
    this.#send([serialize.startup({ user, database })]);
    const login = new PasswordLogin(user, password);
    while (!this.#is_ready) {
      const message = await this.#take();
      if (message instanceof DatabaseError) throw message;
      const reply = await login.replyTo(message);
      if (reply !== undefined) this.#send([reply]);
    }
  }

  async #ask(text: string, values: readonly Value[]): Promise<readonly Row[]> {
    if (this.#is_closed) throw new Error("The connection is closed.");
    // What is left of a statement that failed.
    while (!this.#is_ready) await this.#take();
    this.#is_ready = false;
    this.#send([
      serialize.parse({ text }),
      serialize.bind({ values: values.map(textOf) }),
      serialize.describe({ type: "P" }),
      serialize.execute(),
      serialize.sync(),
    ]);
    const rows: Row[] = [];
    for (;;) {
      const message = await this.#take();
      if (message instanceof DatabaseError) throw message;
      if (message.name === "dataRow") rows.push((message as DataRow).fields);
      if (message.name === "readyForQuery") return rows;
    }
  }

  /** An answer that comes too late could be taken for that of the next statement. */
  async #inTime<Result>(awaited: Promise<Result>, limit_ms: number): Promise<Result> {
    try {
      return await inTime(awaited, limit_ms);
    } catch (error) {
      if (!isStatementError(error)) this.close();
      throw error;
    }
  }

  /** When a write fails, the read fails too and reports it. */
  #send(messages: readonly Uint8Array[]): void {
    this.#writer.write(Buffer.concat(messages)).catch(ignore);
  }

  async #take(): Promise<BackendMessage> {
    let message = this.#received.shift();
    while (message === undefined) {
      await this.#read();
      message = this.#received.shift();
    }
    if (message.name === "readyForQuery") this.#is_ready = true;
    return message;
  }

  /** Waits for bytes. Who comes during a read waits for the same one. */
  #read(): Promise<void> {
    this.#reading ??= this.#readBytes();
    return this.#reading;
  }

  async #readBytes(): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) throw new Error("Postgres has closed the connection.");
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#parser.parse(bytes, (message) => this.#received.push(message));
    this.#reading = undefined;
  }
}

const textOf = (value: Value): string | null => (value === null ? null : String(value));

/** Unlike a closure, it keeps nothing alive that a promise of the runtime refers to. */
function ignore(): void {
  // The promise has another handler that reports the error.
}
