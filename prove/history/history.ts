import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import type { EndEvent, FinalEvent, HistoryEvent, InvokeEvent, SetupEvent } from "./event.ts";

type Unstamped<Event> = Event extends HistoryEvent ? Omit<Event, "index" | "time_us"> : never;

/** Records requests and answers, in the order in which they happen in this process. */
export class History {
  readonly events: HistoryEvent[] = [];

  record(event: Unstamped<SetupEvent | InvokeEvent | EndEvent | FinalEvent>): void {
    const stamp = { index: this.events.length, time_us: Math.round(performance.now() * 1_000) };
    this.events.push({ ...stamp, ...event });
  }
}

export async function writeHistory(file: string, events: readonly HistoryEvent[]): Promise<void> {
  const stream = createWriteStream(file);
  for (const event of events) {
    if (!stream.write(`${JSON.stringify(event)}\n`)) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
}

export async function readHistory(file: string): Promise<HistoryEvent[]> {
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  // The file was written by `writeHistory`.
  return lines.map((line) => JSON.parse(line) as HistoryEvent);
}
