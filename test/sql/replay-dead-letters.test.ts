import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { DeadLetterQueue } from "../../scripts/dead-letter-queue.ts";
import { replayFolder, replayQueue } from "../../scripts/replay-dead-letters.ts";
import { createEventId } from "../../src/services/event-id.ts";
import { sharedBank } from "../harness/bank.ts";

const bank = sharedBank();

/** A message as the Worker sends it: text, which the queue keeps as JSON. */
function messageOf(target_id: string, more: Record<string, unknown> = {}): string {
  const created_at = new Date().toISOString();
  const event = {
    id: createEventId(Date.now()),
    created_at,
    action: "login",
    outcome: "success",
    target_id,
    ...more,
  };
  return JSON.stringify([event]);
}

const asPulled = (message: string): string => Buffer.from(JSON.stringify(message)).toString("base64");

interface StandIn {
  readonly url: string;
  readonly messages: Map<string, string>;
  readonly tokens: Set<string | undefined>;
}

/** Stands in for Cloudflare's API: what is pulled stays until it is acknowledged. */
async function startQueueApi(bodies: readonly string[]): Promise<StandIn> {
  const messages = new Map(bodies.map((body) => [randomUUID() as string, body]));
  const tokens = new Set<string | undefined>();
  const server: Server = createServer((request, response) => {
    void (async () => {
      tokens.add(request.headers.authorization);
      const body = (await json(request)) as { batch_size?: number; acks?: { lease_id: string }[] };
      if (request.url?.endsWith("/accounts/a1/queues/q1/messages/pull") === true) {
        const pulled = [...messages].slice(0, body.batch_size);
        const result = {
          messages: pulled.map(([id, text]) => ({ id, body: text, lease_id: `lease ${id}`, attempts: 1 })),
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

const queueAt = (base_url: string, queue_id = "q1"): DeadLetterQueue =>
  new DeadLetterQueue({ base_url, account_id: "a1", queue_id, token: "t1" });

const countOf = (target_id: string): Promise<number> =>
  bank.value("select count(*)::integer from bank.audit_events where target_id = $1", [target_id]);

test("every dead letter is stored once and leaves the queue, and one that cannot be stored stays and is named", async () => {
  const target_id = randomUUID();
  const good = Array.from({ length: 250 }, () => messageOf(target_id));
  const bad = [
    "not audit events",
    JSON.stringify([{ id: "x" }]),
    messageOf(target_id, { actor_id: "nobody" }),
  ];
  const twice = good.slice(0, 20);
  const api = await startQueueApi([...good, ...twice].map(asPulled).concat(bad));
  const client = await bank.session("superuser");
  const { stored, refused } = await replayQueue(client, queueAt(api.url));
  expect(stored).toBe(270);
  expect(await countOf(target_id)).toBe(250);
  expect([...api.messages.values()]).toEqual(bad);
  expect(refused.map(({ name }) => name)).toEqual([...api.messages.keys()]);
  expect([...api.tokens]).toEqual(["Bearer t1"]);
  // What could not be stored is tried again by the next run, and nothing else.
  expect((await replayQueue(client, queueAt(api.url))).stored).toBe(0);
  expect(await countOf(target_id)).toBe(250);
});

test("messages that were saved in a folder are stored, as they were sent or as they were pulled", async () => {
  const target_id = randomUUID();
  const folder = await mkdtemp(path.join(tmpdir(), "edgebank-messages-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const message = messageOf(target_id);
  await writeFile(path.join(folder, "1.json"), message);
  await writeFile(path.join(folder, "2.json"), JSON.stringify(messageOf(target_id)));
  await writeFile(path.join(folder, "3.txt"), asPulled(messageOf(target_id)));
  await writeFile(path.join(folder, "4.json"), message);
  await writeFile(path.join(folder, "5.json"), "{");
  const client = await bank.session("superuser");
  const { stored, refused } = await replayFolder(client, folder);
  expect([stored, refused]).toEqual([4, [{ name: "5.json", reason: "it holds no audit events" }]]);
  expect(await countOf(target_id)).toBe(3);
});

test("an API that refuses, or is not there, is said, and nothing is taken out", async () => {
  const api = await startQueueApi([asPulled(messageOf(randomUUID()))]);
  const client = await bank.session("superuser");
  await expect(replayQueue(client, queueAt(api.url, "q2"))).rejects.toThrow(/refused to pull: status 404/);
  await expect(replayQueue(client, queueAt("http://127.0.0.1:9"))).rejects.toThrow(/does not answer/);
  expect(api.messages.size).toBe(1);
});
