import { z } from "zod";
import { call, openDatabase } from "../database/call.ts";
import { isSchemaError } from "../database/postgres-errors.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { describeError, log } from "../log.ts";
import { id_pattern } from "../schemas/values.ts";

const retry_delay_seconds = 30;

/** The members that the table needs. All other members of an event are stored as they are. */
const Events = z.array(
  z.looseObject({
    id: z.string().regex(id_pattern),
    created_at: z.iso.datetime({ offset: true }),
    action: z.string().min(1),
    outcome: z.enum(["success", "failure"]),
  }),
);

type AuditEvents = z.infer<typeof Events>;

interface Readable {
  readonly message: Message<string>;
  readonly events: AuditEvents;
}

/**
 * Stores the audit events of a queue batch, each once, in any order and however often they arrive.
 * If a message is unreadable, or the table refuses its events, the queue delivers that message
 * again, and in the end moves it to the dead letter queue. The other messages are stored all the
 * same.
 */
export async function storeAuditMessages(env: Env, batch: MessageBatch<string>): Promise<void> {
  const readable: Readable[] = [];
  for (const message of batch.messages) {
    const events = readEvents(message.body);
    if (events === null) refuse([message], new Error("The message holds no audit events."));
    else readable.push({ message, events });
  }
  try {
    await store(env, readable);
  } catch (error) {
    if (concernsAll(error) || readable.length === 1)
      refuse(
        readable.map(({ message }) => message),
        error,
      );
    else await storeOneByOne(env, readable);
  }
}

/** Whether no message is to blame: the database is away, or its table is gone or altered. */
function concernsAll(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === "service_unavailable" || isSchemaError(error);
}

async function storeOneByOne(env: Env, readable: readonly Readable[]): Promise<void> {
  for (const one of readable) {
    try {
      await store(env, [one]);
    } catch (error) {
      refuse([one.message], error);
    }
  }
}

/**
 * Stores and acknowledges. If the Worker ends in between, the messages come again and change
 * nothing.
 */
async function store(env: Env, readable: readonly Readable[]): Promise<void> {
  if (readable.length === 0) return;
  const events = readable.flatMap((one) => one.events);
  await call(openDatabase(env), "store_audit_events", { events });
  for (const { message } of readable) message.ack();
  log("audit_events_stored", { messages: readable.length, audit_events: events.length });
}

function refuse(messages: readonly Message<string>[], error: unknown): void {
  log("audit_events_refused", { messages: messages.length, ...describeError(error) });
  for (const message of messages) message.retry({ delaySeconds: retry_delay_seconds });
}

/** Returns the events of a message; null when it has none. */
export function readEvents(body: unknown): AuditEvents | null {
  try {
    return Events.parse(JSON.parse(String(body)));
  } catch {
    return null;
  }
}
