import { log_events, type ErrorFact, type FactsOf, type LogEvent } from "./log-events.ts";

/**
 * Writes one line of JSON. The console method sets the level in dashboards, so it follows from the
 * event. Facts never contain personal or secret data: no emails, names, query strings, bodies,
 * tokens or passwords. The exceptions are `audit_events_unstored` and `audit_events_undelivered`,
 * because the log may then be the only place that keeps the events.
 */
export function log<Event extends LogEvent>(event: Event, facts: FactsOf<Event>): void {
  const { level } = log_events[event];
  const line = JSON.stringify({ event, level, at: new Date().toISOString(), ...facts });
  if (level === "error") console.error(line);
  else if (level === "warn") console.warn(line);
  else console.log(line);
}

/**
 * Errors whose message quotes values of the request: Postgres quotes rows, the Redis client quotes
 * whole commands.
 */
const quoting_errors = [
  "error",
  "NeonDbError",
  "UpstashError",
  "UpstashJSONParseError",
  "SyntaxError",
];

/**
 * What the log may say about an unexpected error: everything except the values that it is about.
 */
export function describeError(error: unknown): Partial<Record<ErrorFact, unknown>> {
  if (!(error instanceof Error)) return { error: typeof error };
  const { code, constraint, routine } = error as Error & Record<string, unknown>;
  return {
    error: error.name,
    message: quoting_errors.includes(error.name) ? undefined : error.message,
    error_code: code,
    constraint,
    routine,
    stack: error.stack
      ?.split("\n")
      .filter((line) => line.startsWith("    at "))
      .slice(0, 6),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
