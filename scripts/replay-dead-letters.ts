import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "pg";
import { ExplainedError, reasonOf, reportFailure } from "../local/explained-error.ts";
import { readEvents } from "../src/services/audit-messages.ts";
import { DeadLetterQueue, type DeadLetter } from "./dead-letter-queue.ts";
import { ownerUrl, withOwner } from "./owner-connection.ts";

/**
 * Dead letters are stored one by one, so this many batches take some minutes. The next run goes on.
 */
const batches_max = 1_000;

export interface Replayed {
  readonly stored: number;
  /**
   * Messages without audit events, or with events that the table refuses. They stay where they are.
   */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Stores the audit events of the dead letter queue, each once, and removes the stored messages from
 * the queue. A message that cannot be stored stays in the queue until Cloudflare deletes it, four
 * days after it came.
 */
export async function replayQueue(client: Client, queue: DeadLetterQueue): Promise<Replayed> {
  const refused = new Map<string, string>();
  let stored = 0;
  for (let batch = 0; batch < batches_max; batch += 1) {
    const letters = await queue.pull();
    const news = letters.filter(({ name }) => !refused.has(name));
    if (news.length === 0) break;
    const done: DeadLetter[] = [];
    for (const letter of news) {
      const reason = await storeLetter(client, letter);
      if (reason === null) done.push(letter);
      else refused.set(letter.name, reason);
    }
    await queue.acknowledge(done);
    stored += done.length;
  }
  return { stored, refused: [...refused].map(([name, reason]) => ({ name, reason })) };
}

/** Stores messages that were saved in a folder, one in each file. The files stay. */
export async function replayFolder(client: Client, folder: string): Promise<Replayed> {
  const refused: { name: string; reason: string }[] = [];
  const names = (await readdir(folder)).sort();
  for (const name of names) {
    const reason = await storeLetter(client, {
      name,
      body: await readFile(path.join(folder, name), "utf8"),
    });
    if (reason !== null) refused.push({ name, reason });
  }
  return { stored: names.length - refused.length, refused };
}

/** Stores one message. Returns why it could not be stored; null when it was stored. */
async function storeLetter(
  client: Client,
  { body }: Pick<DeadLetter, "name" | "body">,
): Promise<string | null> {
  const events = bodiesOf(body)
    .map(readEvents)
    .find((read) => read !== null);
  if (events === undefined) return "it holds no audit events";
  try {
    await client.query("select bank.store_audit_events($1)", [JSON.stringify(events)]);
    return null;
  } catch (error) {
    // Without a severity the error is not about the event, but about the connection. All others
    // would fail too.
    if ((error as { readonly severity?: unknown }).severity === undefined) throw error;
    return reasonOf(error);
  }
}

/** The Worker sends text as JSON. A pulled message is that JSON, or base64 of it. */
function bodiesOf(body: string): unknown[] {
  const decoded = Buffer.from(body, "base64").toString();
  return [body, decoded].flatMap((text) => [text, parsed(text)]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readQueue(): DeadLetterQueue {
  const {
    CLOUDFLARE_API_TOKEN,
    CLOUDFLARE_ACCOUNT_ID,
    DEAD_LETTER_QUEUE_ID,
    CLOUDFLARE_API_BASE_URL,
  } = process.env;
  if (!CLOUDFLARE_API_TOKEN || !CLOUDFLARE_ACCOUNT_ID || !DEAD_LETTER_QUEUE_ID) {
    throw new ExplainedError(
      "Set CLOUDFLARE_API_TOKEN (Queues: Edit), CLOUDFLARE_ACCOUNT_ID and " +
        "DEAD_LETTER_QUEUE_ID, or name a folder of saved messages.",
    );
  }
  return new DeadLetterQueue({
    base_url: CLOUDFLARE_API_BASE_URL ?? "https://api.cloudflare.com/client/v4",
    account_id: CLOUDFLARE_ACCOUNT_ID,
    queue_id: DEAD_LETTER_QUEUE_ID,
    token: CLOUDFLARE_API_TOKEN,
  });
}

const usage =
  "Say where the bank is: DATABASE_URL=postgresql://… npm run replay:dead-letters, or … -- " +
  "messages/ for saved ones.";

async function main(): Promise<void> {
  const [folder, ...others] = process.argv.slice(2);
  if (others.length > 0) throw new ExplainedError(usage);
  const database_url = ownerUrl(usage);
  const queue = folder === undefined ? readQueue() : null;
  const owner = { database_url, application_name: "edgebank-replay-dead-letters" };
  const { stored, refused } = await withOwner(owner, (client) =>
    queue === null ? replayFolder(client, folder ?? "") : replayQueue(client, queue),
  );
  for (const { name, reason } of refused) process.stderr.write(`${name} was left: ${reason}\n`);
  process.stdout.write(`${String(stored)} messages stored, ${String(refused.length)} left.\n`);
  process.exitCode = refused.length === 0 ? 0 : 2;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    process.exitCode = reportFailure(error);
  });
}
