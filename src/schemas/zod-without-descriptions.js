// @hono/zod-openapi for the Worker's bundle (`alias` in wrangler.toml). The Worker serves
// openapi.json as a file, so it needs no descriptions of schemas. Each of them would make a copy of
// its schema at every start.
import { z } from "zod";

z.ZodType.prototype.openapi = function () {
  return this;
};

export { z };
