import { routePath } from "hono/route";
import { contextOf, type AppContext } from "./app-env.ts";

/**
 * Counts a request in Workers Analytics Engine, if there is a dataset. Nothing waits for it, and it keeps the audit of
 * nothing: points are sampled and leave after three months. The columns stand in docs/operations.md.
 */
export function measureRequest(c: AppContext, duration_ms: number): void {
  const context = contextOf(c);
  const dataset = context?.env.METRICS;
  if (context === undefined || dataset === undefined) return;
  const route = routePath(c, -1);
  dataset.writeDataPoint({
    // Sampling keeps a share of each index, so a route that few use is not lost beside one that many use.
    indexes: [route],
    blobs: ["request", c.req.method, route, c.get("code") ?? "", context.cache.result],
    doubles: [c.res.status, duration_ms, context.database.elapsed_ms, context.cache.elapsed_ms],
  });
}
