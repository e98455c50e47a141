// @hono/zod-openapi for the Worker's bundle (`alias` in wrangler.toml). The Worker serves
// openapi.json as a file. There the descriptions of schemas would do nothing, and take a third of
// the time of a start.
import { z } from "zod";

z.ZodType.prototype.openapi = function () {
  return this;
};

export { z };
