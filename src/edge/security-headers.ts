import { secureHeaders } from "hono/secure-headers";
import type { AppMiddleware } from "./app-env.ts";

const common = {
  strictTransportSecurity: "max-age=63072000; includeSubDomains",
  xFrameOptions: "DENY",
  referrerPolicy: "no-referrer",
  // Only browsers that are gone read these.
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

const frame = {
  defaultSrc: ["'none'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
};

/** An answer of the API is data: nothing in it is run, loaded or framed. */
const dataHeaders = secureHeaders({ ...common, contentSecurityPolicy: frame });

/** Swagger UI loads its own files, draws with images in data URLs, and calls this API. */
const docsHeaders = secureHeaders({
  ...common,
  contentSecurityPolicy: {
    ...frame,
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
  },
});

export const securityHeaders: AppMiddleware = (c, next) =>
  /^\/docs(\/|$)/.test(c.req.path) ? docsHeaders(c, next) : dataHeaders(c, next);
