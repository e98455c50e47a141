import { env } from "cloudflare:workers";
import { app } from "./app.ts";
import { parseEnv, problemsOf } from "./env.ts";
import { log } from "./log.ts";
import { runJobs } from "./scheduled.ts";
import { storeAuditMessages } from "./services/audit-messages.ts";
import { Teller } from "./tellers/teller.ts";

// The runtime looks for the class of a Durable Object among the exports.
export { Teller };

// At the start of each isolate, so that the log has the problems before the first request. Each
// request logs them again.
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
