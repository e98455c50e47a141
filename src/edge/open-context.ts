import { parseEnv } from "../env.ts";
import { openRequestContext } from "../services/request-context.ts";
import type { AppMiddleware } from "./app-env.ts";

/** As Cloudflare writes an address. Anywhere else the header can say anything. */
const address = /^[0-9A-Fa-f.:]{2,45}$/;

/** Opens what the services work with. Nothing is connected before it is needed. */
export const openContext: AppMiddleware = async (c, next) => {
  const ip = c.req.header("CF-Connecting-IP") ?? "";
  const context = openRequestContext(parseEnv(c.env), {
    request_id: c.get("request_id"),
    ip: address.test(ip) ? ip : null,
    waitUntil: (promise) => {
      c.executionCtx.waitUntil(promise);
    },
  });
  c.set("context", context);
  await next();
};
