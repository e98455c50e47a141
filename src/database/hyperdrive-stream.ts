import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";

type Socket = ReturnType<Hyperdrive["connect"]>;

/**
 * Hyperdrive's socket as the stream that pg works with, in place of pg's own stream for Workers. It
 * passes received bytes on without copying them, and sends the five messages of a statement in one
 * write.
 */
export class HyperdriveStream extends EventEmitter {
  writable = false;
  readonly #hyperdrive: Hyperdrive;
  #socket: Socket | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #corked: Uint8Array[] | undefined;

  constructor(hyperdrive: Hyperdrive) {
    super();
    this.#hyperdrive = hyperdrive;
  }

  /**
   * pg's type declarations accept only Node's streams. This class has the methods that pg calls:
   * see its `connection.js`.
   */
  asDuplex(): Duplex {
    return this as unknown as Duplex;
  }

  connect(): void {
    const socket = this.#hyperdrive.connect();
    this.#socket = socket;
    this.#writer = socket.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>;
    this.writable = true;
    void this.#read(socket);
    // pg adds its listener after this call. Until the socket is open, it buffers what pg writes.
    queueMicrotask(() => this.emit("connect"));
  }

  async #read(socket: Socket): Promise<void> {
    // The reads fail with the same error, so this one is ignored.
    socket.closed.catch(() => undefined);
    try {
      const reader = socket.readable.getReader() as ReadableStreamDefaultReader<
        Uint8Array<ArrayBuffer>
      >;
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        const { buffer, byteOffset, byteLength } = read.value;
        this.emit("data", Buffer.from(buffer, byteOffset, byteLength));
      }
    } catch (error) {
      if (this.writable) this.emit("error", error);
    }
    this.#close();
  }

  write(data: Uint8Array, done?: () => void): boolean {
    if (this.#corked !== undefined) this.#corked.push(data);
    else void this.#send(data).then(done);
    return true;
  }

  cork(): void {
    this.#corked ??= [];
  }

  uncork(): void {
    const messages = this.#corked ?? [];
    this.#corked = undefined;
    if (messages.length > 0) void this.#send(Buffer.concat(messages));
  }

  async #send(data: Uint8Array): Promise<void> {
    // When a write fails, the read fails too and reports it.
    await this.#writer?.write(data).catch(() => undefined);
  }

  end(): void {
    this.#socket?.close().catch(() => undefined);
    this.#close();
  }

  destroy(reason?: Error): void {
    if (reason !== undefined) this.emit("error", reason);
    this.end();
  }

  #close(): void {
    if (!this.writable) return;
    this.writable = false;
    this.emit("close");
  }

  setNoDelay(): void {
    // There is no delay to turn off.
  }
}
