/**
 * Writes one line of JSON. Facts name no person: no emails, names, query strings, bodies, tokens or passwords.
 * `audit_event_unstored` is the one exception, for the log is then the only place that keeps the event.
 */
export function log(event: string, facts: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ event, at: new Date().toISOString(), ...facts }));
}

/** Errors whose message quotes values of the request: Postgres quotes rows, the Redis client whole commands. */
const quoting_errors = ["error", "NeonDbError", "UpstashError", "UpstashJSONParseError", "SyntaxError"];

/** What a log may say about an unexpected error: everything but the values it was about. */
export function describeError(error: unknown): Record<string, unknown> {
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
