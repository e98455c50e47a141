import { contextOf, type AppMiddleware } from "./app-env.ts";

/** Says on every answer how long it waited for Postgres and for Redis, and what came out of the cache. */
export const serverTiming: AppMiddleware = async (c, next) => {
  await next();
  const context = contextOf(c);
  const db_ms = context?.database.elapsed_ms ?? 0;
  const cache_ms = context?.cache.elapsed_ms ?? 0;
  const result = context?.cache.result ?? "bypass";
  c.res.headers.set(
    "Server-Timing",
    `db;dur=${db_ms.toFixed(1)}, cache;desc=${result};dur=${cache_ms.toFixed(1)}`,
  );
};
