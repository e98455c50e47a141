import { parseEnv } from "../env.ts";
import { openRequestContext } from "../services/request-context.ts";
import type { AppMiddleware } from "./app-env.ts";
import { keepAlive } from "./keep-alive.ts";

/**
 * The form in which Cloudflare writes an address. Without Cloudflare, the header can contain
 * anything.
 */
const address = /^[0-9A-Fa-f.:]{2,45}$/;

/** Opens the context that the services work with. Nothing connects before it is needed. */
export const openContext: AppMiddleware = async (c, next) => {
  const ip = c.req.header("CF-Connecting-IP") ?? "";
  const waitUntil = keepAlive((promise) => {
    c.executionCtx.waitUntil(promise);
  });
  const request = {
    request_id: c.get("request_id"),
    ip: address.test(ip) ? ip : null,
    waitUntil,
  };
  c.set("context", openRequestContext(parseEnv(c.env), request, waitUntil));
  await next();
};
