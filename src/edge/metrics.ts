import { contextOf, type AppContext } from "./app-env.ts";

/**
 * Counts a request in Workers Analytics Engine, if there is a dataset. Nothing waits for it. It is
 * no audit log: points are sampled, and deleted after three months. docs/operations.md describes
 * the columns.
 */
export function measureRequest(c: AppContext, route: string, duration_ms: number): void {
  const context = contextOf(c);
  const dataset = context?.env.METRICS;
  if (context === undefined || dataset === undefined) return;
  dataset.writeDataPoint({
    // Each index is sampled on its own, so that a rarely used route is not lost beside a busy one.
    indexes: [route],
    blobs: ["request", c.req.method, route, c.get("code") ?? "", context.cache.result],
    doubles: [c.res.status, duration_ms, context.database.elapsed_ms, context.cache.elapsed_ms],
  });
}
