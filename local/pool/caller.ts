import type { Socket } from "node:net";
import { DatabaseError } from "pg";
import type { ServerConnection, ServerConnections } from "./server-connections.ts";
import { ask_for_password, fatalMessage, MessageScanner, welcomeMessages } from "./messages.ts";

export interface CallerOptions {
  readonly connections: ServerConnections;
  /** What a caller is told about the server. */
  readonly settings: ReadonlyMap<string, string>;
  isPassword(given: string): boolean;
}

const login_limit_ms = 10_000;
const login_bytes_max = 10_000;
const protocol_3 = 196_608;
const requests_for_encryption = [80_877_103, 80_877_104];
/** Each of them is answered by one "ready for query". */
const query_types = ["Q", "S", "F"];
const not_in_a_transaction = "I".charCodeAt(0);

/** One caller of the pool, from its login to its end. It has a connection only while it waits for an answer. */
export class Caller {
  readonly #socket: Socket;
  readonly #options: CallerOptions;
  readonly #has_left = new AbortController();
  readonly #login_timer: NodeJS.Timeout;
  #stage: "startup" | "password" | "in" = "startup";
  #login = Buffer.alloc(0);
  #connection: ServerConnection | undefined;
  #is_acquiring = false;
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
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#leave());
    socket.on("data", (piece: Buffer) => {
      if (this.#stage === "in") this.#ask(piece);
      else this.#logIn(piece);
    });
  }

  #logIn(piece: Buffer): void {
    this.#login = Buffer.concat([this.#login, piece]);
    // Only the first message has no type in front of its length.
    const type_bytes = this.#stage === "startup" ? 0 : 1;
    if (this.#login.length < type_bytes + 4) return;
    const end = type_bytes + this.#login.readInt32BE(type_bytes);
    if (end > login_bytes_max || end < type_bytes + 4) this.#socket.destroy();
    if (this.#login.length < end) return;
    const message = this.#login.subarray(0, end);
    this.#login = Buffer.alloc(0);
    if (this.#stage === "startup") this.#greet(message.length < 8 ? 0 : message.readInt32BE(4));
    else this.#checkPassword(message);
  }

  #greet(code: number): void {
    if (requests_for_encryption.includes(code)) {
      this.#socket.write("N");
    } else if (code === protocol_3) {
      this.#stage = "password";
      this.#socket.write(ask_for_password);
    } else {
      this.#socket.destroy();
    }
  }

  #checkPassword(message: Buffer): void {
    if (message[0] !== "p".charCodeAt(0) || !this.#options.isPassword(message.subarray(5, -1).toString())) {
      this.#socket.end(fatalMessage("28P01", "This is not the password of the pool."));
      return;
    }
    clearTimeout(this.#login_timer);
    this.#stage = "in";
    this.#socket.write(welcomeMessages(this.#options.settings));
  }

  #ask(piece: Buffer): void {
    this.#requests.scan(piece);
    if (this.#socket.destroyed) return;
    if (this.#connection !== undefined) {
      this.#connection.stream.write(piece);
      return;
    }
    this.#unsent.push(piece);
    if (!this.#is_acquiring) void this.#acquire();
  }

  async #acquire(): Promise<void> {
    this.#is_acquiring = true;
    try {
      const connection = await this.#options.connections.acquire(this.#has_left.signal);
      if (this.#socket.destroyed) {
        this.#options.connections.release(connection);
        return;
      }
      this.#connection = connection;
      this.#is_idle = false;
      connection.stream.on("data", this.#answer).on("close", this.#lose);
      for (const piece of this.#unsent.splice(0)) connection.stream.write(piece);
    } catch (error) {
      const code = error instanceof DatabaseError ? (error.code ?? "08006") : "08006";
      if (!this.#socket.destroyed) this.#socket.end(fatalMessage(code, "The pool cannot reach PostgreSQL."));
    } finally {
      this.#is_acquiring = false;
    }
  }

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

  /** The server has gone, and what became of the question is not known. */
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
    this.#has_left.abort();
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#detach(connection);
    this.#options.connections.discard(connection);
  }
}
