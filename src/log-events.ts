/** The facts that `describeError` returns. */
const of_error = [
  "error",
  "message",
  "error_code",
  "constraint",
  "routine",
  "stack",
  "cause",
] as const;

interface LogEventRule {
  /**
   * The severity in a dashboard. An `error` wakes somebody up; somebody looks at a `warn` the next
   * day.
   */
  readonly level: "info" | "warn" | "error";
  /** The members that a line of this event may have besides `event`, `level` and `at`. */
  readonly facts: readonly string[];
}

/**
 * Every event that the Worker can log. `docs/operations.md` says what each one means and what to do
 * about it. A test compares the two.
 */
export const log_events = {
  request: {
    level: "info",
    facts: ["request_id", "method", "route", "status", "code", "duration_us", "user_id", "cache"],
  },
  error: { level: "error", facts: ["request_id", "code", ...of_error] },
  misconfigured: { level: "error", facts: ["problems"] },
  ledger_verified: { level: "info", facts: ["checked", "violations"] },
  ledger_violated: { level: "error", facts: ["checked", "violations"] },
  limits_missing: { level: "error", facts: ["missing_limits"] },
  job_failed: { level: "error", facts: ["request_id", "cron", "job", ...of_error] },
  job_skipped: { level: "info", facts: ["request_id", "cron", "job", "reason"] },
  holds_expired: { level: "info", facts: ["holds"] },
  audit_events_unstored: { level: "warn", facts: ["request_id", "audit_events"] },
  audit_queue_failed: { level: "warn", facts: ["request_id", ...of_error] },
  audit_events_undelivered: { level: "error", facts: ["request_id", "audit_events", ...of_error] },
  audit_events_stored: { level: "info", facts: ["messages", "audit_events"] },
  audit_events_backfilled: { level: "warn", facts: ["audit_events"] },
  audit_events_refused: { level: "warn", facts: ["messages", ...of_error] },
  teller_batch_failed: { level: "error", facts: ["transfers", ...of_error] },
  replica_break: { level: "warn", facts: ["break_ms", "reason", ...of_error] },
  redis_break: { level: "warn", facts: ["break_ms", "reason", ...of_error] },
  rate_limit_unavailable: { level: "warn", facts: ["request_id", ...of_error] },
  server_started: { level: "info", facts: ["runtime", "url"] },
  server_stopped: { level: "info", facts: ["runtime", "is_finished"] },
  server_failed: { level: "error", facts: ["runtime", ...of_error] },
  dependency_unavailable: { level: "warn", facts: ["request_id", "dependency", ...of_error] },
} as const satisfies Readonly<Record<string, LogEventRule>>;

export type LogEvent = keyof typeof log_events;
export type ErrorFact = (typeof of_error)[number];
type Fact<Event extends LogEvent> = (typeof log_events)[Event]["facts"][number];
/** A line has every member of its event. Only the members of an error depend on the error. */
export type FactsOf<Event extends LogEvent> = Readonly<
  Record<Exclude<Fact<Event>, ErrorFact>, unknown> &
    Partial<Record<Extract<Fact<Event>, ErrorFact>, unknown>>
>;
