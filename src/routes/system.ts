import { z, type RouteConfig } from "@hono/zod-openapi";
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import type { AppContext, AppEnv } from "../edge/app-env.ts";
import { authorize } from "../edge/authorize.ts";
import { describeHeaders, describeProblem } from "../edge/describe-operation.ts";
import { ApiError } from "../errors.ts";
import { api } from "../api-version.ts";
import { checkReadiness } from "../services/readiness.ts";

export const system_routes = new Hono<AppEnv>();

/**
 * Registered before everything that needs settings, so that a misconfigured Worker still answers
 * that it is alive.
 */
export const health_routes = new Hono<AppEnv>();

const Dependency = z.enum(["ok", "unavailable"]);

const Health = z.object({ status: z.literal("ok") }).openapi("Health");

const Readiness = z
  .object({
    status: z.enum(["ok", "degraded", "unavailable"]),
    dependencies: z.object({ postgres: Dependency, redis: Dependency }),
    missing_limits: z.array(z.string()).openapi({
      description: "Limits that the Worker's database role should have and does not have.",
      example: [],
    }),
    late_jobs: z
      .array(z.string())
      .openapi({ description: "Cron jobs whose last run is too long ago.", example: [] }),
    is_read_only: z.boolean().openapi({
      description: "Whether the bank is read-only: writes are refused, reads still work.",
    }),
  })
  .openapi("Readiness");

const healthz_contract: RouteConfig = {
  method: "get",
  path: "/healthz",
  operationId: "checkHealth",
  tags: ["system"],
  summary: "Check that the Worker is alive",
  description: "It does not ask PostgreSQL or Redis.",
  security: [],
  responses: {
    200: {
      description: "The Worker is alive.",
      headers: describeHeaders(),
      content: { "application/json": { schema: Health } },
    },
  },
};

health_routes.get("/healthz", (c) => c.json({ status: "ok" }));

const readyz_contract: RouteConfig = {
  method: "get",
  path: "/readyz",
  operationId: "checkReadiness",
  tags: ["system"],
  summary: "Check that the Worker can serve requests",
  description:
    "Without Redis the status is `degraded`: slower, but still correct. It is also " +
    "`degraded` when a job is late, when a limit is missing, and while the bank is " +
    "read-only. Without PostgreSQL it is `unavailable`.",
  security: [],
  responses: {
    200: {
      description: "`ok` or `degraded`.",
      headers: describeHeaders(),
      content: { "application/json": { schema: Readiness } },
    },
    429: describeProblem(["rate_limited"]),
    500: describeProblem(["internal_error"]),
    503: {
      description: "`unavailable`.",
      headers: describeHeaders(),
      content: { "application/json": { schema: Readiness } },
    },
  },
};

system_routes.get("/readyz", async (c) => {
  await authorize(c, "anyone");
  const readiness = await checkReadiness(c.get("context"));
  if (readiness.status !== "unavailable") return c.json(readiness, 200);
  return c.json(readiness, 503, { "Retry-After": "1" });
});

export const system_contracts: readonly RouteConfig[] = [healthz_contract, readyz_contract];

/** Redirects a browser to the documentation. A program gets the links as JSON. */
system_routes.get("/", (c) => {
  const supports = ["application/json", "text/html"];
  const accepted = accepts(c, { header: "Accept", supports, default: "application/json" });
  if (accepted === "text/html") return c.redirect("/docs", 302);
  return c.json({ ...api, openapi: "/openapi.json", docs: "/docs" });
});

/**
 * Serves the Worker's own files, which `scripts/build-assets.ts` builds: the API's description and
 * Swagger UI.
 */
system_routes.get("/openapi.json", answerAsset);
system_routes.get("/docs", answerAsset);
system_routes.get("/docs/*", answerAsset);

async function answerAsset(c: AppContext): Promise<Response> {
  const url = new URL(c.req.url);
  if (url.pathname === "/docs") url.pathname = "/docs/";
  const asset = await c
    .get("context")
    .env.ASSETS.fetch(new Request(url, { headers: c.req.raw.headers }));
  if (asset.status === 404) throw new ApiError("not_found");
  // A copy, because the headers of an asset's response are immutable.
  return new Response(asset.body, asset);
}
