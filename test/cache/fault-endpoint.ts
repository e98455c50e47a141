import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/**
 * `slow` runs a command 300 ms late, when nobody waits for it any more. `full` is a Redis without
 * free memory, which still reads and deletes. `wrong_type` answers with a value that none of our
 * commands can answer.
 */
export type Fault =
  "none" | "refuse" | "hang" | "error" | "garbage" | "slow" | "wrong_type" | "full";

export interface FaultEndpoint {
  readonly url: string;
  /** How many commands have arrived, by name in upper case. */
  readonly arrived: Map<string, number>;
  setFault(fault: Fault): Promise<void>;
  /**
   * How many milliseconds a command is delayed before it runs, and its answer after that. The name
   * of the command is in upper case.
   */
  delay: (command: readonly string[]) => {
    readonly before_ms?: number;
    readonly after_ms?: number;
  };
  stop(): Promise<void>;
}

const slow_ms = 300;
const writing_commands = new Set(["SET", "EVAL", "EVALSHA"]);

/**
 * Stands in front of an endpoint of Upstash's protocol and does to its commands what a network and
 * a Redis can do.
 */
export async function startFaultEndpoint(upstream_url: string): Promise<FaultEndpoint> {
  const aborted = new AbortController();
  let fault: Fault = "none";
  const arrived = new Map<string, number>();
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, 0);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const [sent_name = "", ...values] = parseCommand(body);
    const name = sent_name.toUpperCase();
    arrived.set(name, (arrived.get(name) ?? 0) + 1);
    const send = (status: number, text: string): void => {
      response.writeHead(status, { "Content-Type": "application/json" }).end(text);
    };
    const forward = async (): Promise<void> => {
      const { before_ms = 0, after_ms = 0 } = endpoint.delay([name, ...values]);
      if (before_ms > 0) await delay(before_ms, undefined, { signal: aborted.signal });
      const answered = await forwardTo(upstream_url, request, body);
      if (after_ms > 0) await delay(after_ms, undefined, { signal: aborted.signal });
      send(answered.status, answered.text);
    };
    switch (fault) {
      case "hang":
        return;
      case "error":
        send(500, '{"error":"ERR internal error"}');
        return;
      case "garbage":
        send(200, "<html>Bad gateway</html>");
        return;
      case "wrong_type":
        send(200, '{"result":[1,["x"]]}');
        return;
      case "full":
        if (!writing_commands.has(name)) return forward();
        send(400, `{"error":"OOM command not allowed when used memory > 'maxmemory'."}`);
        return;
      case "slow":
        await delay(slow_ms, undefined, { signal: aborted.signal });
        return forward();
      default:
        return forward();
    }
  };

  const endpoint: FaultEndpoint = {
    url: `http://127.0.0.1:${String(port)}`,
    arrived,
    delay: () => ({}),
    setFault: async (next) => {
      const before = fault;
      fault = next;
      if (next === "refuse") await close(server);
      else if (before === "refuse") await listen(server, port);
      // A caller that still waits for an answer under the earlier fault never gets one.
      else if (before === "hang") server.closeAllConnections();
    },
    stop: async () => {
      aborted.abort();
      if (server.listening) await close(server);
    },
  };
  return endpoint;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("an HTTP server without a port");
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parseCommand(body: Buffer): readonly string[] {
  const command: unknown = JSON.parse(body.toString() || "[]");
  return Array.isArray(command) ? command.map(String) : [];
}

async function forwardTo(
  upstream_url: string,
  { headers, url = "/" }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; text: string }> {
  const encoding = headers["upstash-encoding"];
  const response = await fetch(upstream_url + url, {
    method: "POST",
    headers: {
      Authorization: headers.authorization ?? "",
      ...(typeof encoding === "string" ? { "Upstash-Encoding": encoding } : {}),
    },
    body: new Uint8Array(body),
  });
  return { status: response.status, text: await response.text() };
}
