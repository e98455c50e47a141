import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface QueueApi {
  readonly url: string;
  readonly messages: Map<string, string>;
  readonly tokens: Set<string | undefined>;
}

/**
 * Stands in for Cloudflare's API of the queue q1 of the account a1: what is pulled stays until it
 * is acknowledged.
 */
export async function startQueueApi(bodies: readonly string[]): Promise<QueueApi> {
  const messages = new Map(bodies.map((body) => [randomUUID() as string, body]));
  const tokens = new Set<string | undefined>();
  const server: Server = createServer((request, response) => {
    void (async () => {
      tokens.add(request.headers.authorization);
      const body = (await json(request)) as { batch_size?: number; acks?: { lease_id: string }[] };
      if (request.url?.endsWith("/accounts/a1/queues/q1/messages/pull") === true) {
        const pulled = [...messages].slice(0, body.batch_size);
        const result = {
          messages: pulled.map(([id, text]) => ({
            id,
            body: text,
            lease_id: `lease ${id}`,
            attempts: 1,
          })),
        };
        response.end(JSON.stringify({ success: true, result }));
      } else if (request.url?.endsWith("/accounts/a1/queues/q1/messages/ack") === true) {
        for (const { lease_id } of body.acks ?? []) messages.delete(lease_id.replace("lease ", ""));
        response.end(JSON.stringify({ success: true, result: {} }));
      } else response.writeHead(404).end("{}");
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server without a port");
  return { url: `http://127.0.0.1:${String(address.port)}`, messages, tokens };
}
