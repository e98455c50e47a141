import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { etag } from "hono/etag";

/**
 * The files of /docs, which `scripts/build-assets.ts` builds, with the names and headers that
 * Cloudflare gives them.
 */
export function openAssets(root: string): Fetcher {
  const files = new Hono();
  files.use(etag(), async (c, next) => {
    await next();
    c.header("Cache-Control", "public, max-age=0, must-revalidate");
  });
  const rewriteRequestPath = (path: string): string =>
    /(\/|\.\w+)$/.test(path) ? path : `${path}.html`;
  files.use(serveStatic({ root, rewriteRequestPath }));
  return { fetch: async (request) => files.fetch(request) };
}
