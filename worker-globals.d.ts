import type * as workers from "@cloudflare/workers-types";

// The package's own globals take the place of Node's (its Buffer is any), and tests and programs
// run in Node. So only what the Worker uses beyond the web's standards is declared here.
declare global {
  interface ExportedHandler<Env, Message> {
    fetch(request: Request, env: Env, ctx: workers.ExecutionContext): Response | Promise<Response>;
    queue(
      batch: workers.MessageBatch<Message>,
      env: Env,
      ctx: workers.ExecutionContext,
    ): Promise<void>;
    scheduled(
      event: workers.ScheduledController,
      env: Env,
      ctx: workers.ExecutionContext,
    ): Promise<void>;
  }
  interface Fetcher {
    fetch(request: Request): Promise<Response>;
  }
  type AnalyticsEngineDataset = workers.AnalyticsEngineDataset;
  type DurableObjectNamespace = workers.DurableObjectNamespace;
  type Hyperdrive = workers.Hyperdrive;
  type Message<Body = unknown> = workers.Message<Body>;
  type MessageBatch<Body = unknown> = workers.MessageBatch<Body>;
  type Queue<Body = unknown> = workers.Queue<Body>;
  type RateLimit = workers.RateLimit;
  type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
}
