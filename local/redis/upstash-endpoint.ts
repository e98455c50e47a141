import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { secretCheck } from "../secret-check.ts";
import {
  RedisReplyError,
  RedisUnavailableError,
  type RedisBackend,
  type RedisCommand,
  type RedisReply,
} from "./redis-backend.ts";
import { UpstashScripts } from "./upstash-scripts.ts";

export interface UpstashEndpoint {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

const body_limit_bytes = 10 * 1024 * 1024;
const command_limit = 1_000;

/**
 * Offers Redis over HTTP as Upstash does: `POST /` for one command, `/pipeline` for several, and
 * `/multi-exec` for a transaction. Port 0 takes a free port.
 *
 * @see https://upstash.com/docs/redis/features/restapi
 */
export async function startUpstashEndpoint(
  backend: RedisBackend,
  options: { port?: number; token?: string } = {},
): Promise<UpstashEndpoint> {
  const token = options.token ?? randomBytes(24).toString("base64url");
  const isAuthorization = secretCheck(`Bearer ${token}`);
  const scripts = new UpstashScripts();
  const server = createServer((request, response) => {
    void answerRequest(backend, scripts, isAuthorization, request).then(({ status, body }) => {
      const text = JSON.stringify(body);
      response.writeHead(status, {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(text),
      });
      response.end(text);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${String(portOf(server))}`,
    token,
    stop: () => closeServer(server),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("an HTTP server without a port");
  return address.port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answerRequest(
  backend: RedisBackend,
  scripts: UpstashScripts,
  isAuthorization: (given: string) => boolean,
  request: IncomingMessage,
): Promise<HttpAnswer> {
  try {
    if (!isAuthorization(request.headers.authorization ?? "")) return refuse(401, "Unauthorized");
    if (request.method !== "POST") return refuse(405, "ERR only POST is offered here");
    const body: unknown = JSON.parse(await readBody(request));
    const encode = request.headers["upstash-encoding"] === "base64" ? encodeBase64 : encodeText;
    switch ((request.url ?? "").replace(/(.)\/$/, "$1")) {
      case "/": {
        const [reply] = await runEach(backend, scripts, [parseCommand(body)]);
        return reply instanceof RedisReplyError
          ? refuse(400, reply.message)
          : { status: 200, body: result(reply, encode) };
      }
      case "/pipeline": {
        const replies = await runEach(backend, scripts, parseCommands(body));
        return { status: 200, body: replies.map((reply) => result(reply, encode)) };
      }
      case "/multi-exec": {
        const replies = await runTogether(backend, scripts, parseCommands(body));
        return { status: 200, body: replies.map((reply) => result(reply, encode)) };
      }
      default:
        return refuse(404, "ERR there is no such path");
    }
  } catch (error) {
    return answerFailure(error);
  }
}

function answerFailure(error: unknown): HttpAnswer {
  if (error instanceof RedisReplyError) return refuse(400, error.message);
  if (error instanceof SyntaxError) return refuse(400, "ERR failed to parse command");
  if (error instanceof RedisUnavailableError)
    return refuse(503, `ERR Redis is unavailable: ${error.message}`);
  return refuse(500, "ERR internal error");
}

function refuse(status: number, error: string): HttpAnswer {
  return { status, body: { error } };
}

async function runEach(
  backend: RedisBackend,
  scripts: UpstashScripts,
  commands: readonly RedisCommand[],
): Promise<RedisReply[]> {
  const replies = await backend.runEach(commands.map((command) => scripts.translate(command)));
  return translateReplies(scripts, commands, replies);
}

async function runTogether(
  backend: RedisBackend,
  scripts: UpstashScripts,
  commands: readonly RedisCommand[],
): Promise<RedisReply[]> {
  const replies = await backend.runTogether(commands.map((command) => scripts.translate(command)));
  return translateReplies(scripts, commands, replies);
}

function translateReplies(
  scripts: UpstashScripts,
  commands: readonly RedisCommand[],
  replies: readonly RedisReply[],
): RedisReply[] {
  return commands.map((command, index) => scripts.translateReply(command, replies[index] ?? null));
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= body_limit_bytes) chunks.push(chunk);
    });
    request.on("end", () => {
      if (size > body_limit_bytes) reject(new RedisReplyError("ERR max request size exceeded"));
      else resolve(Buffer.concat(chunks).toString("utf8"));
    });
    request.on("error", reject);
  });
}

/** These commands change or block the connection, which all callers share. */
const refused_commands = new Set(
  `AUTH BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN CLIENT DISCARD EXEC HELLO
   MONITOR MULTI PSUBSCRIBE PSYNC QUIT REPLCONF RESET SELECT SHUTDOWN SSUBSCRIBE SUBSCRIBE SYNC
   UNWATCH WAIT WAITAOF WATCH
   XREAD XREADGROUP`.split(/\s+/),
);

function parseCommands(body: unknown): RedisCommand[] {
  if (!Array.isArray(body) || body.length === 0)
    throw new RedisReplyError("ERR empty pipeline request");
  if (body.length > command_limit) throw new RedisReplyError("ERR max pipeline length exceeded");
  return body.map(parseCommand);
}

function parseCommand(body: unknown): RedisCommand {
  if (!Array.isArray(body)) throw new RedisReplyError("ERR failed to parse command");
  const [name, ...rest] = body.map((word: unknown) => {
    if (typeof word === "string") return word;
    if (typeof word === "number" || typeof word === "boolean") return String(word);
    throw new RedisReplyError("ERR failed to parse command");
  });
  if (name === undefined || name === "") throw new RedisReplyError("ERR empty command");
  if (refused_commands.has(name.toUpperCase())) {
    throw new RedisReplyError(`ERR Command is not available: '${name}'`);
  }
  return [name, ...rest];
}

type Encode = (text: string | Uint8Array) => string;

function encodeBase64(text: string | Uint8Array): string {
  return toBuffer(text).toString("base64");
}

function encodeText(text: string | Uint8Array): string {
  return toBuffer(text).toString("utf8");
}

function toBuffer(text: string | Uint8Array): Buffer {
  return typeof text === "string" ? Buffer.from(text) : Buffer.from(text);
}

function result(
  reply: RedisReply | undefined,
  encode: Encode,
): { result: unknown } | { error: string } {
  return reply instanceof RedisReplyError
    ? { error: reply.message }
    : { result: encodeReply(reply ?? null, encode) };
}

function encodeReply(reply: RedisReply, encode: Encode): unknown {
  if (reply === null || typeof reply === "number") return reply;
  if (reply instanceof RedisReplyError) return encode(reply.message);
  return Array.isArray(reply) ? reply.map((part) => encodeReply(part, encode)) : encode(reply);
}
