import { expect, onTestFinished, test, vi } from "vitest";
import type { Answer } from "../../src/database/statement.ts";
import type { Env } from "../../src/env.ts";
import { keepUnstoredAuditEvents } from "../../src/services/unstored-audit-events.ts";

const numbers = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

test("250 unstored audit events make three log lines and three messages, each within its size limit", async () => {
  const logged = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => {
    logged.mockRestore();
  });
  const sent: unknown[] = [];
  const points: unknown[] = [];
  const env = {
    AUDIT_QUEUE: { send: async (text: string) => sent.push(JSON.parse(text)) },
    METRICS: { writeDataPoint: (point: unknown) => points.push(point) },
  } as unknown as Env;
  const promises: Promise<unknown>[] = [];
  const context = {
    env,
    request_id: "r",
    waitUntil: (promise: Promise<unknown>) => promises.push(promise),
  };
  const answer = { unstored_audit_events: JSON.stringify(numbers(0, 250)) } as Answer;

  keepUnstoredAuditEvents(context, answer);
  await Promise.all(promises);

  const parts = [numbers(0, 100), numbers(100, 100), numbers(200, 50)];
  expect(sent).toEqual(parts);
  const lines = logged.mock.calls.map(
    ([line]) => JSON.parse(String(line)) as Record<string, unknown>,
  );
  expect(
    lines.map(({ event, request_id, audit_events }) => [event, request_id, audit_events]),
  ).toEqual(parts.map((part) => ["audit_events_unstored", "r", part]));
  expect(points).toMatchObject([{ doubles: [250] }]);
});
