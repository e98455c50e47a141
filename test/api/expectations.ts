import { expect } from "vitest";
import { catalogue, type Code } from "../../src/errors.ts";
import { bank } from "../harness/api.ts";
import type { ApiAnswer } from "../harness/http.ts";

/** The answer is this problem, whole and well-formed. `facts` are its further members. */
export function expectProblem(
  answer: ApiAnswer,
  code: Code,
  facts: Record<string, unknown> = {},
): void {
  const { status, title } = catalogue[code];
  const request_id = answer.headers.get("X-Request-Id");
  expect(answer.body, answer.text).toEqual({
    type: `/docs/problems#${code}`,
    title,
    status,
    detail: title,
    code,
    request_id,
    ...facts,
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
}

/** The answer is `validation_failed`, and names these places of the request. */
export function expectInvalid(answer: ApiAnswer, paths: readonly string[]): void {
  expect(answer.body, answer.text).toMatchObject({ status: 422, code: "validation_failed" });
  const { errors } = answer.body as { errors: { path: string }[] };
  expect(errors.map((error) => error.path).sort()).toEqual([...paths].sort());
}

export interface StoredAuditEvent {
  readonly actor_id: string | null;
  readonly action: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly target_type: string | null;
  readonly target_id: string | null;
}

/**
 * What the audit log says of the request that got this answer. Logins and refusals reach it through
 * the queue.
 */
export async function auditEventsOf(answer: ApiAnswer): Promise<StoredAuditEvent[]> {
  await expect
    .poll(() => storedAuditEventsOf(answer), { timeout: 20_000, interval: 100 })
    .not.toEqual([]);
  return storedAuditEventsOf(answer);
}

/** What stands in the audit log already. */
export async function storedAuditEventsOf(answer: ApiAnswer): Promise<StoredAuditEvent[]> {
  return bank.sql<StoredAuditEvent & Record<string, unknown>>(
    `select actor_id, action, outcome, code, target_type, target_id
       from bank.audit_events where request_id = $1 order by id`,
    [answer.headers.get("X-Request-Id")],
  );
}

export const uuid_v7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const utc_microseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
