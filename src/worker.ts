import { env } from "cloudflare:workers";
import { app } from "./app.ts";
import { parseEnv, problemsOf } from "./env.ts";
import { log } from "./log.ts";
import { runJobs } from "./scheduled.ts";
import { storeAuditMessages } from "./services/audit-messages.ts";
import { Teller } from "./tellers/teller.ts";

// The runtime finds the class of a Durable Object among the exports.
export { Teller };

// At the start of each isolate, so that the log says it before a customer does. Each request says it again.
const problems = problemsOf(env);
if (problems.length > 0) log("misconfigured", { problems });

export default {
  fetch: app.fetch,

  scheduled({ cron }, bindings, ctx) {
    return runJobs(cron, bindings, (promise) => {
      ctx.waitUntil(promise);
    });
  },

  queue(batch, bindings) {
    return storeAuditMessages(parseEnv(bindings), batch);
  },
} satisfies ExportedHandler<object, string>;
