// zod for the Worker's bundle (`alias` in wrangler.toml). It leaves out what this project does not
// use: messages in fifty languages and zod's own JSON Schema. They are a fifth of the bundle and of
// its startup time.
import * as z from "./zod-without-locales.js";

export * from "../../node_modules/zod/v4/classic/schemas.js";
export * from "../../node_modules/zod/v4/classic/checks.js";
export * from "../../node_modules/zod/v4/classic/errors.js";
export * from "../../node_modules/zod/v4/classic/parse.js";
export * from "../../node_modules/zod/v4/classic/compat.js";
export {
  clone,
  config,
  flattenError,
  formatError,
  globalRegistry,
  INVALID,
  NEVER,
  prettifyError,
  regexes,
  registry,
  TimePrecision,
  treeifyError,
  util,
} from "../../node_modules/zod/v4/core/index.js";
export * as iso from "../../node_modules/zod/v4/classic/iso.js";
export * as coerce from "../../node_modules/zod/v4/classic/coerce.js";
export { z, z as default };
