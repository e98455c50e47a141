/**
 * Messages of PostgreSQL's wire protocol, version 3: those that a pool has to know.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

const header_bytes = 5;

/** Finds the messages in a stream, whatever pieces it arrives in. Bodies are not kept. */
export class MessageScanner {
  readonly #header = Buffer.alloc(header_bytes);
  #header_read = 0;
  #body_left = 0;
  #awaits_first_byte = false;
  readonly #onMessage: (type: string, first_byte: number | undefined) => void;

  /**
   * @param onMessage is called once for each message, with the first byte of its body if it has
   * one.
   */
  constructor(onMessage: (type: string, first_byte: number | undefined) => void) {
    this.#onMessage = onMessage;
  }

  scan(piece: Buffer): void {
    let offset = 0;
    while (offset < piece.length) {
      if (this.#body_left > 0) {
        if (this.#awaits_first_byte) this.#report(piece[offset]);
        const read = Math.min(this.#body_left, piece.length - offset);
        this.#body_left -= read;
        offset += read;
        continue;
      }
      const read = piece.copy(
        this.#header,
        this.#header_read,
        offset,
        offset + header_bytes - this.#header_read,
      );
      this.#header_read += read;
      offset += read;
      if (this.#header_read < header_bytes) continue;
      this.#header_read = 0;
      // The length includes its own four bytes.
      this.#body_left = Math.max(this.#header.readUInt32BE(1) - 4, 0);
      this.#awaits_first_byte = true;
      if (this.#body_left === 0) this.#report(undefined);
    }
  }

  #report(first_byte: number | undefined): void {
    this.#awaits_first_byte = false;
    this.#onMessage(String.fromCharCode(this.#header[0] ?? 0), first_byte);
  }
}

/**
 * The parameters of a caller's first message: names and values in turn, after the length and the
 * version.
 */
export function startupParameters(startup: Buffer): ReadonlyMap<string, string> {
  const words = startup.subarray(8).toString().split("\0");
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    parameters.set(words[index] ?? "", words[index + 1] ?? "");
  }
  return parameters;
}

/**
 * What a server sends after a login: that the login succeeded, its settings, and that it is ready.
 */
export function welcomeMessages(
  settings: Iterable<readonly [name: string, value: string]>,
): Buffer {
  const parameters = [...settings].map(([name, value]) =>
    message("S", Buffer.from(`${name}\0${value}\0`)),
  );
  return Buffer.concat([message("R", int32(0)), ...parameters, message("Z", Buffer.from("I"))]);
}

/** An error that ends the connection. */
export function fatalMessage(code: string, text: string): Buffer {
  return message("E", Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`));
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
