import { env } from "cloudflare:workers";
import { app } from "./app.ts";
import { parseEnv, problemsOf } from "./env.ts";
import { describeError, log } from "./log.ts";
import { runJobs } from "./scheduled.ts";
import { storeAuditEvents } from "./services/audit-events.ts";
import { Teller } from "./tellers/teller.ts";

// The runtime finds the class of a Durable Object among the exports.
export { Teller };

const retry_delay_seconds = 30;

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

  /** Audit events that their table refused. Storing is once per event, so a batch may come again. */
  async queue(batch, bindings) {
    try {
      await storeAuditEvents(
        parseEnv(bindings),
        batch.messages.map((message) => message.body),
      );
      log("audit_events_stored", { messages: batch.messages.length });
    } catch (error) {
      log("audit_events_refused", { messages: batch.messages.length, ...describeError(error) });
      batch.retryAll({ delaySeconds: retry_delay_seconds });
    }
  },
} satisfies ExportedHandler<object, string>;
