import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DeadLetterQueue } from "../../scripts/dead-letter-queue.ts";
import { replayFolder, replayQueue } from "../../scripts/replay-dead-letters.ts";
import { createEventId } from "../../src/services/event-id.ts";
import { sharedBank } from "../harness/bank.ts";
import { startQueueApi } from "../harness/queue-api.ts";

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

const asPulled = (message: string): string =>
  Buffer.from(JSON.stringify(message)).toString("base64");

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
  await expect(replayQueue(client, queueAt(api.url, "q2"))).rejects.toThrow(
    /refused to pull: status 404/,
  );
  await expect(replayQueue(client, queueAt("http://127.0.0.1:9"))).rejects.toThrow(
    /does not answer/,
  );
  expect(api.messages.size).toBe(1);
});
