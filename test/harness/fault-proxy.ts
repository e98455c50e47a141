import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * What happens on the way to Postgres.
 * - `pass`: nothing.
 * - `refuse`: connections are closed as soon as they are made.
 * - `hang`: connections are taken and nothing is ever answered.
 * - `garbage`: the answer is no answer of Postgres.
 * - `lose_answer`: the statement arrives and is done, its answer is cut off.
 * - `keep_answer`: the same, but the connection stays open.
 */
export type Fault = "pass" | "refuse" | "hang" | "garbage" | "lose_answer" | "keep_answer";

export interface FaultProxy {
  readonly port: number;
  set(fault: Fault): void;
  /** Connections of clients: those made so far, and those that are open. */
  connections(): { made: number; open: number };
  /** Statements whose answer was cut off so far. */
  lostAnswers(): number;
  stop(): Promise<void>;
}

/** A TCP proxy in front of a Postgres on this machine. A fault applies to open connections too. */
export async function startFaultProxy(postgres_port: number): Promise<FaultProxy> {
  let fault: Fault = "pass";
  let made = 0;
  let lost_answers = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    made += 1;
    sockets.add(client);
    client.on("error", () => undefined).on("close", () => sockets.delete(client));
    if (fault === "refuse") client.destroy();
    else forward(client);
  });

  function forward(client: Socket): void {
    const postgres = connect(postgres_port, "127.0.0.1");
    let has_asked = false;
    postgres.on("error", () => client.destroy()).on("close", () => client.destroy());
    client.on("close", () => postgres.destroy());
    client.on("data", (chunk: Buffer) => {
      // The first message of the extended protocol is Parse, `P`; log-in messages begin with other
      // letters.
      has_asked ||= chunk[0] === 0x50;
      if (fault === "garbage") client.end("HTTP/1.1 418 I'm a teapot\r\n\r\n");
      else if (fault !== "hang") postgres.write(chunk);
    });
    postgres.on("data", (chunk: Buffer) => {
      const is_kept = has_asked && (fault === "lose_answer" || fault === "keep_answer");
      if (!is_kept) client.write(chunk);
      // ReadyForQuery comes after the commit, so what is lost here has been done.
      else if (fault === "lose_answer" && chunk.includes(Buffer.from([0x5a, 0, 0, 0, 5]))) {
        lost_answers += 1;
        client.destroy();
      }
    });
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a proxy without a port");
  return {
    port: address.port,
    set: (next) => {
      fault = next;
      if (fault === "refuse") for (const socket of sockets) socket.destroy();
    },
    connections: () => ({ made, open: sockets.size }),
    lostAnswers: () => lost_answers,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
