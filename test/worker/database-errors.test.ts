import { Hono } from "hono";
import { expect, onTestFinished, test, vi } from "vitest";
import { explainPostgresError } from "../../src/database/postgres-errors.ts";
import type { AppEnv } from "../../src/edge/app-env.ts";
import { renderError } from "../../src/edge/render-error.ts";

const refusal = (code: string): unknown => ({
  code: "EBANK",
  severity: "ERROR",
  detail: JSON.stringify({ code }),
});

async function answerTo(error: unknown): Promise<Response> {
  const app = new Hono<AppEnv>();
  app.get("/", () => {
    throw explainPostgresError(error);
  });
  app.onError(renderError);
  return app.request("/");
}

test.each([
  ["unauthenticated", 401, 'Bearer error="invalid_token"'],
  ["precondition_failed", 412, null],
  ["too_many_holds", 422, null],
])("the database may refuse with %s: %i", async (code, status, challenge) => {
  const answer = await answerTo(refusal(code));
  expect([answer.status, answer.headers.get("WWW-Authenticate")]).toEqual([status, challenge]);
  expect(await answer.json()).toMatchObject({ code, status });
});

test.each([
  ["28P01", "FATAL", 'password authentication failed for user "bank_api"', /login/],
  ["28000", "FATAL", 'role "bank_api" is not permitted to log in', /login/],
  ["42501", "FATAL", 'permission denied for database "edgebank"', /not this role/],
  [
    "55000",
    "FATAL",
    'database "edgebank" is not currently accepting connections',
    /lets nobody into/,
  ],
  ["3D000", "FATAL", 'database "edgebank" does not exist', /does not exist/],
  ["53300", "FATAL", "sorry, too many clients already", /no connection/],
  ["57P01", "FATAL", "terminating connection due to administrator command", /stopping/],
  ["57P03", "FATAL", "the database system is starting up", /starting/],
])(
  "a database that refuses the login (%s) is 503, and the log says why",
  async (code, severity, message, cause) => {
    const written = vi.spyOn(console, "error").mockImplementation(() => undefined);
    onTestFinished(() => {
      written.mockRestore();
    });
    const answer = await answerTo(
      Object.assign(new Error(message), { name: "error", code, severity }),
    );
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(await answer.text()).not.toContain("edgebank");
    const [line] = written.mock.calls.map(
      ([text]) => JSON.parse(String(text)) as Record<string, unknown>,
    );
    expect(line).toMatchObject({ event: "error", code: "service_unavailable" });
    expect(line?.["cause"]).toMatchObject({
      message: expect.stringMatching(cause) as unknown,
      cause: { error_code: code },
    });
  },
);

test("a refusal of a read-only bank is not an error in the log, because an operator asked for it", async () => {
  const written = vi.spyOn(console, "error");
  onTestFinished(() => {
    written.mockRestore();
  });
  expect((await answerTo(refusal("read_only"))).status).toBe(503);
  expect(written).not.toHaveBeenCalled();
});

test("a missing right is a defect, so it is 500", async () => {
  const denied = Object.assign(new Error("permission denied"), {
    code: "42501",
    severity: "ERROR",
  });
  expect((await answerTo(denied)).status).toBe(500);
});
