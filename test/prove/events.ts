import type { AnomalyName } from "../../prove/checker/anomaly.ts";
import { checkHistory } from "../../prove/checker/check-history.ts";
import type { EndEvent, FinalEvent, HistoryEvent, InvokeEvent } from "../../prove/history/event.ts";

export const namesIn = (events: readonly HistoryEvent[]): AnomalyName[] =>
  checkHistory(events).anomalies.map(({ name }) => name);

export const ends = (events: HistoryEvent[]): EndEvent[] =>
  events.filter((event): event is EndEvent => ["ok", "fail", "info"].includes(event.type));
export const finals = (events: HistoryEvent[]): FinalEvent[] =>
  events.filter((event): event is FinalEvent => event.type === "final");
export const invokeOf = (events: HistoryEvent[], f: string): InvokeEvent => {
  const found = events.find(
    (event): event is InvokeEvent => event.type === "invoke" && event.value.f === f,
  );
  if (found === undefined) throw new Error(f);
  return found;
};
export const endOf = (events: HistoryEvent[], f: string): EndEvent => {
  const { index } = invokeOf(events, f);
  const found = ends(events).find((end) => end.index === index);
  if (found === undefined) throw new Error(f);
  return found;
};
/** Tests change what the checker only reads. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const open = (value: unknown): any => value;
