import { log_events, type ErrorFact, type FactsOf, type LogEvent } from "./log-events.ts";

/**
 * Writes one line of JSON, with the level that the event has: dashboards take it from the method of the console.
 * Facts name no person: no emails, names, query strings, bodies, tokens or passwords. `audit_events_unstored`
 * and `audit_events_undelivered` are the exceptions, because the log may then be the only place that keeps the events.
 */
export function log<Event extends LogEvent>(event: Event, facts: FactsOf<Event>): void {
  const { level } = log_events[event];
  const line = JSON.stringify({ event, level, at: new Date().toISOString(), ...facts });
  if (level === "error") console.error(line);
  else if (level === "warn") console.warn(line);
  else console.log(line);
}

/** Errors whose message quotes values of the request: Postgres quotes rows, the Redis client whole commands. */
const quoting_errors = ["error", "NeonDbError", "UpstashError", "UpstashJSONParseError", "SyntaxError"];

/** What a log may say about an unexpected error: everything but the values it was about. */
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
