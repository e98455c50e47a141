import type { Socket } from "node:net";
import { DatabaseError } from "pg";
import type { ServerConnection, ServerConnections } from "./server-connections.ts";
import { fatalMessage, MessageScanner, startupParameters } from "./messages.ts";

export interface CallerOptions {
  readonly connections: ServerConnections;
  /** What the pool sends to a caller after its login. */
  readonly welcome: Buffer;
  isUser(name: string): boolean;
}

const login_limit_ms = 10_000;
const login_bytes_max = 10_000;
const protocol_3 = 196_608;
const requests_for_encryption = [80_877_103, 80_877_104];
/** The server answers each of them with one "ready for query". */
const query_types = ["Q", "S", "F"];
const not_in_a_transaction = "I".charCodeAt(0);

/**
 * One caller of the pool, from its login to its end. It has a connection only while it waits for an
 * answer.
 */
export class Caller {
  readonly #socket: Socket;
  readonly #options: CallerOptions;
  readonly #login_timer: NodeJS.Timeout;
  #is_in = false;
  #login: Buffer = Buffer.alloc(0);
  #connection: ServerConnection | undefined;
  /** Leaves the queue for a connection. */
  #stop_waiting: (() => void) | undefined;
  #unsent: Buffer[] = [];
  #unanswered = 0;
  #is_idle = false;
  readonly #requests = new MessageScanner((type) => {
    if (query_types.includes(type)) this.#unanswered += 1;
    if (type === "X") this.#socket.destroy();
  });
  readonly #answers = new MessageScanner((type, status) => {
    if (type !== "Z") return;
    this.#unanswered -= 1;
    this.#is_idle = this.#unanswered === 0 && status === not_in_a_transaction;
  });

  constructor(socket: Socket, options: CallerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#login_timer = setTimeout(() => socket.destroy(), login_limit_ms);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#leave());
    socket.on("data", (piece: Buffer) => {
      if (this.#is_in) this.#ask(piece);
      else this.#logIn(piece);
    });
  }

  /** The first message is the only one without a type in front of its length. */
  #logIn(piece: Buffer): void {
    this.#login = this.#login.length === 0 ? piece : Buffer.concat([this.#login, piece]);
    if (this.#login.length < 8) return;
    const end = this.#login.readInt32BE(0);
    if (end > login_bytes_max || end < 8) {
      this.#socket.destroy();
      return;
    }
    if (this.#login.length < end) return;
    const message = this.#login.subarray(0, end);
    const rest = this.#login.subarray(end);
    this.#login = Buffer.alloc(0);
    const code = message.readInt32BE(4);
    if (requests_for_encryption.includes(code)) this.#socket.write("N");
    else if (code === protocol_3) this.#greet(startupParameters(message).get("user") ?? "");
    else this.#socket.destroy();
    if (this.#is_in && rest.length > 0) this.#ask(rest);
  }

  #greet(user: string): void {
    if (!this.#options.isUser(user)) {
      this.#socket.end(fatalMessage("28000", "This is not the user of the pool."));
      return;
    }
    clearTimeout(this.#login_timer);
    this.#is_in = true;
    this.#socket.write(this.#options.welcome);
  }

  #ask(piece: Buffer): void {
    this.#requests.scan(piece);
    if (this.#socket.destroyed) return;
    if (this.#connection !== undefined) {
      this.#connection.stream.write(piece);
      return;
    }
    this.#unsent.push(piece);
    this.#stop_waiting ??= this.#options.connections.acquire({
      attach: this.#attach,
      giveUp: this.#giveUp,
    });
  }

  readonly #attach = (connection: ServerConnection): void => {
    this.#stop_waiting = undefined;
    this.#connection = connection;
    this.#is_idle = false;
    connection.stream.on("data", this.#answer).on("close", this.#lose);
    for (const piece of this.#unsent.splice(0)) connection.stream.write(piece);
  };

  readonly #giveUp = (error: unknown): void => {
    this.#stop_waiting = undefined;
    const code = error instanceof DatabaseError ? (error.code ?? "08006") : "08006";
    this.#socket.end(fatalMessage(code, "The pool cannot reach PostgreSQL."));
  };

  readonly #answer = (piece: Buffer): void => {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#answers.scan(piece);
    if (!this.#socket.write(piece)) {
      connection.stream.pause();
      this.#socket.once("drain", () => connection.stream.resume());
    }
    if (this.#is_idle) {
      this.#detach(connection);
      this.#options.connections.release(connection);
    }
  };

  /** The server closed the connection, and nobody knows what became of the statement. */
  readonly #lose = (): void => {
    this.#connection = undefined;
    this.#socket.destroy();
  };

  #detach(connection: ServerConnection): void {
    connection.stream.off("data", this.#answer).off("close", this.#lose).resume();
    this.#connection = undefined;
  }

  #leave(): void {
    clearTimeout(this.#login_timer);
    this.#stop_waiting?.();
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#detach(connection);
    this.#options.connections.discard(connection);
  }
}
