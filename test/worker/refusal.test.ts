import { Hono } from "hono";
import { expect, test } from "vitest";
import { explainPostgresError } from "../../src/database/postgres-errors.ts";
import type { AppEnv } from "../../src/edge/app-env.ts";
import { renderError } from "../../src/edge/render-error.ts";

const refusal = (code: string): unknown => ({
  code: "EBANK",
  severity: "ERROR",
  detail: JSON.stringify({ code }),
});

test.each([
  ["unauthenticated", 401, 'Bearer error="invalid_token"'],
  ["precondition_failed", 412, null],
  ["too_many_holds", 422, null],
])("the database may refuse with %s: %i", async (code, status, challenge) => {
  const app = new Hono<AppEnv>();
  app.get("/", () => {
    throw explainPostgresError(refusal(code));
  });
  app.onError(renderError);
  const answer = await app.request("/");
  expect([answer.status, answer.headers.get("WWW-Authenticate")]).toEqual([status, challenge]);
  expect(await answer.json()).toMatchObject({ code, status });
});
