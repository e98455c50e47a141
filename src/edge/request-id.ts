import type { AppMiddleware } from "./app-env.ts";

const acceptable = /^[A-Za-z0-9._-]{1,128}$/;

/** Keeps the caller's request id when it is one, else makes one; every answer, log line and audit event has it. */
export const requestId: AppMiddleware = async (c, next) => {
  const given = c.req.header("X-Request-Id") ?? "";
  const request_id = acceptable.test(given) ? given : crypto.randomUUID();
  c.set("request_id", request_id);
  await next();
  c.res.headers.set("X-Request-Id", request_id);
};
