import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Random } from "../history/random.ts";

/**
 * Of a thousand statements, how many lose their connection before, during and after the statement.
 */
export interface Cuts {
  readonly request: number;
  readonly statement: number;
  readonly answer: number;
}

export interface CuttingProxy {
  readonly port: number;
  set(cuts: Cuts): void;
  readonly counts: Record<keyof Cuts, number>;
  stop(): Promise<void>;
}

const parse_message = 0x50;
const ready_for_query = Buffer.from([0x5a, 0, 0, 0, 5]);

/**
 * A TCP proxy between the Worker and its database that cuts connections in the middle of
 * statements.
 */
export async function startCuttingProxy(
  target_port: number,
  random: Random,
): Promise<CuttingProxy> {
  let cuts: Cuts = { request: 0, statement: 0, answer: 0 };
  const counts = { request: 0, statement: 0, answer: 0 };
  const sockets = new Set<Socket>();
  const chooseCut = (): keyof Cuts | undefined => {
    const roll = random(1_000);
    if (roll < cuts.request) return "request";
    if (roll < cuts.request + cuts.statement) return "statement";
    return roll < cuts.request + cuts.statement + cuts.answer ? "answer" : undefined;
  };
  const server = createServer((caller) => {
    const database = connect(target_port, "127.0.0.1");
    sockets.add(caller);
    const cut = (where: keyof Cuts): void => {
      counts[where] += 1;
      caller.destroy();
      database.destroy();
    };
    let chosen: keyof Cuts | undefined;
    caller.setNoDelay(true);
    database.setNoDelay(true);
    database.on("error", () => caller.destroy()).on("close", () => caller.destroy());
    caller
      .on("error", () => undefined)
      .on("close", () => {
        sockets.delete(caller);
        database.destroy();
      });
    caller.on("data", (chunk: Buffer) => {
      if (chunk[0] === parse_message) chosen = chooseCut();
      if (chosen === "request") {
        cut("request");
        return;
      }
      database.write(chunk);
      if (chosen === "statement")
        setTimeout(() => {
          if (!caller.destroyed) cut("statement");
        }, random(4));
    });
    database.on("data", (chunk: Buffer) => {
      // This message comes after the commit, so the statement has been executed.
      if (chosen === "answer" && chunk.includes(ready_for_query)) cut("answer");
      else caller.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a proxy without a port");
  return {
    port: address.port,
    counts,
    set: (next) => (cuts = next),
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
