import { z, type RouteConfig } from "@hono/zod-openapi";
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import type { AppContext, AppEnv } from "../edge/app-env.ts";
import { authorize } from "../edge/authorize.ts";
import { describeHeaders, describeProblem } from "../edge/describe-operation.ts";
import { ApiError } from "../errors.ts";
import { service } from "../service.ts";
import { checkReadiness } from "../services/readiness.ts";

export const system_routes = new Hono<AppEnv>();

/** Served before anything that needs a setting, so that a Worker which is configured wrongly is still seen alive. */
export const health_routes = new Hono<AppEnv>();

const Dependency = z.enum(["ok", "unavailable"]);

const Health = z.object({ status: z.literal("ok") }).openapi("Health");

const Readiness = z
  .object({
    status: z.enum(["ok", "degraded", "unavailable"]),
    dependencies: z.object({ postgres: Dependency, redis: Dependency }),
    missing_limits: z
      .array(z.string())
      .openapi({ description: "Limits that the database role of the Worker lacks.", example: [] }),
    late_jobs: z
      .array(z.string())
      .openapi({ description: "Jobs of the clock whose last run is too long ago.", example: [] }),
    is_read_only: z.boolean().openapi({ description: "The bank takes no changes; reads go on." }),
  })
  .openapi("Readiness");

const healthz_contract: RouteConfig = {
  method: "get",
  path: "/healthz",
  operationId: "checkHealth",
  tags: ["system"],
  summary: "Is the Worker alive",
  description: "Asks nothing that it depends on.",
  security: [],
  responses: {
    200: {
      description: "It is.",
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
  summary: "Can the Worker do its work",
  description:
    "Without Redis it is `degraded`: slower, and right all the same. So it is when a job is late, and while the bank is " +
    "read-only. Without Postgres it can do nothing.",
  security: [],
  responses: {
    200: {
      description: "`ok` or `degraded`.",
      headers: describeHeaders(),
      content: { "application/json": { schema: Readiness } },
    },
    429: describeProblem(["rate_limited"]),
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

/** A browser is led to the documentation, a program is told where it is. */
system_routes.get("/", (c) => {
  const supports = ["application/json", "text/html"];
  const accepted = accepts(c, { header: "Accept", supports, default: "application/json" });
  if (accepted === "text/html") return c.redirect("/docs", 302);
  return c.json({ ...service, openapi: "/openapi.json", docs: "/docs" });
});

/** Swagger UI, from the Worker's own files: `scripts/build-assets.ts` puts them together. */
system_routes.get("/docs", answerAsset);
system_routes.get("/docs/*", answerAsset);

async function answerAsset(c: AppContext): Promise<Response> {
  const url = new URL(c.req.url);
  if (url.pathname === "/docs") url.pathname = "/docs/";
  const asset = await c.get("context").env.ASSETS.fetch(new Request(url, { headers: c.req.raw.headers }));
  if (asset.status === 404) throw new ApiError("not_found");
  // A new one, because the headers of an asset's response cannot be changed.
  return new Response(asset.body, asset);
}
