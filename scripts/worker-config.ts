import { unstable_readConfig } from "wrangler";
import { z } from "zod";
import { ExplainedError } from "../local/explained-error.ts";

const list = <Item extends z.ZodType>(item: Item) => z.array(item).default([]);

/**
 * The parts of a Wrangler configuration that these programs read, with the settings of one
 * environment.
 */
const WorkerConfig = z.object({
  name: z.string(),
  workers_dev: z.boolean().optional(),
  preview_urls: z.boolean().optional(),
  routes: list(z.unknown()),
  vars: z.record(z.string(), z.unknown()),
  secrets: z.object({ required: list(z.string()) }).optional(),
  hyperdrive: list(z.object({ binding: z.string(), id: z.string() })),
  services: list(z.object({ binding: z.string(), service: z.string() })),
  analytics_engine_datasets: list(
    z.object({ binding: z.string(), dataset: z.string().optional() }),
  ),
  ratelimits: list(
    z.object({
      name: z.string(),
      namespace_id: z.string(),
      simple: z.object({ limit: z.number(), period: z.number() }),
    }),
  ),
  queues: z.object({
    producers: list(z.object({ binding: z.string(), queue: z.string() })),
    consumers: list(
      z.object({
        queue: z.string(),
        max_batch_size: z.number().optional(),
        max_retries: z.number().optional(),
        dead_letter_queue: z.string().optional(),
      }),
    ),
  }),
  triggers: z.object({ crons: z.array(z.string()).optional() }),
  limits: z.object({ cpu_ms: z.number().optional() }).optional(),
  placement: z
    .object({ mode: z.string().optional(), region: z.string().optional() })
    .loose()
    .optional(),
  observability: z
    .object({
      enabled: z.boolean().optional(),
      logs: z.object({ invocation_logs: z.boolean().optional() }).loose().optional(),
    })
    .loose()
    .optional(),
});
export type WorkerConfig = z.infer<typeof WorkerConfig>;

/**
 * Reads `wrangler.toml` as Wrangler does.
 *
 * @param environment a name under `[env]`; undefined is production, the top level of the file.
 * @throws {ExplainedError} when Wrangler does not accept it.
 */
export function readWorkerConfig(file: string, environment?: string): WorkerConfig {
  // Its types refer to a package that is not published, so the result is checked here.
  const read = unstable_readConfig as (args: object, options: object) => unknown;
  try {
    return WorkerConfig.parse(read({ config: file, env: environment }, { hideWarnings: true }));
  } catch (error) {
    throw new ExplainedError(
      `${file} cannot be read: ${error instanceof Error ? error.message : "?"}`,
    );
  }
}
