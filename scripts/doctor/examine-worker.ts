import { address_limit, user_limit } from "../../src/edge/rate-limit.ts";
import { jobs } from "../../src/scheduled.ts";
import type { WorkerConfig } from "../worker-config.ts";
import { findingsOf, type Finding } from "./finding.ts";

const crons = Object.keys(jobs);
const placeholder_id = /^0+$/;

/** Finds what is wrong with wrangler.toml. */
export function examineWorker(config: WorkerConfig): readonly Finding[] {
  return [...examineAddresses(config), ...examineBindings(config), ...examineLimits(config)];
}

function examineAddresses(config: WorkerConfig): readonly Finding[] {
  const domain = 'routes = [{ pattern = "bank.example.com", custom_domain = true }]';
  return findingsOf([
    [
      config.workers_dev !== false,
      {
        name: "workers_dev_on",
        says: "The Worker also answers at workers.dev, where the rules of your zone do not apply.",
        mend: "Set workers_dev = false in wrangler.toml.",
      },
    ],
    [
      config.preview_urls !== false,
      {
        name: "preview_urls_on",
        says: "Each version has a public address of its own, with the money of the bank behind it.",
        mend: "Set preview_urls = false in wrangler.toml.",
      },
    ],
    [
      config.routes.length === 0 && config.workers_dev === false,
      {
        name: "no_domain",
        says: "The Worker has no address.",
        mend: `Name the domain in wrangler.toml: ${domain}.`,
      },
    ],
    [
      isOfTheExample(config.vars["JWT_ISSUER"]),
      {
        name: "issuer_of_the_example",
        says:
          "JWT_ISSUER is still that of the example, so tokens of " +
          "another bank may be taken for yours.",
        mend: "Set JWT_ISSUER to the address of your bank, and JWT_AUDIENCE to its name.",
      },
    ],
  ]);
}

function isOfTheExample(issuer: unknown): boolean {
  return typeof issuer === "string" && issuer.endsWith("edgebank.example");
}

function examineBindings({
  hyperdrive,
  queues,
  services,
  secrets,
  ...config
}: WorkerConfig): readonly Finding[] {
  const producer = queues.producers.find(({ binding }) => binding === "AUDIT_QUEUE");
  const consumer = queues.consumers.find(({ queue }) => queue === producer?.queue);
  const found = hyperdrive.find(({ binding }) => binding === "HYPERDRIVE");
  // Without Hyperdrive the Worker calls Neon over HTTP, at the address in its secret DATABASE_URL.
  const has_address = secrets?.required.includes("DATABASE_URL") ?? false;
  const missing_crons = crons.filter((cron) => !(config.triggers.crons ?? []).includes(cron));
  return findingsOf([
    [
      found === undefined ? !has_address : placeholder_id.test(found.id),
      {
        name: "hyperdrive_missing",
        says:
          "wrangler.toml names no Hyperdrive configuration, and requires no secret " +
          "DATABASE_URL in its place.",
        mend: "npx wrangler hyperdrive create … --caching-disabled, and put its id into wrangler.toml.",
      },
    ],
    [
      producer === undefined,
      {
        name: "queue_missing",
        says:
          "AUDIT_QUEUE has no producer: audit events that the table refuses are tried once " +
          "more, and are then in the log only.",
        mend: "Put [[queues.producers]] back into wrangler.toml.",
      },
    ],
    [
      producer !== undefined && consumer === undefined,
      {
        name: "consumer_missing",
        says: `The queue ${producer?.queue ?? ""} has no consumer.`,
        mend: "Put [[queues.consumers]] back into wrangler.toml.",
      },
    ],
    [
      consumer !== undefined && consumer.dead_letter_queue === undefined,
      {
        name: "dead_letters_lost",
        says: "The queue has no dead letter queue: what fails too often is deleted.",
        mend: "Set dead_letter_queue in wrangler.toml.",
      },
    ],
    [
      missing_crons.length > 0,
      {
        name: "cron_missing",
        says: `The jobs of the cron expressions ${missing_crons.join(", ")} never run.`,
        mend: "Put them back into [triggers] of wrangler.toml.",
      },
    ],
    [
      !services.some(({ binding }) => binding === "PASSWORDS"),
      {
        name: "passwords_in_the_way",
        says: "The bank's own Worker hashes passwords: each login delays other requests by 0.4 s.",
        mend: "Put [[services]] PASSWORDS back, and deploy wrangler.passwords.toml first.",
      },
    ],
  ]);
}

function examineLimits({
  ratelimits,
  placement,
  limits,
  observability,
}: WorkerConfig): readonly Finding[] {
  const documented: Readonly<Record<string, number>> = {
    USER_RATE_LIMIT: user_limit,
    ADDRESS_RATE_LIMIT: address_limit,
  };
  const apart = Object.entries(documented).filter(([name, limit]) => {
    const simple = ratelimits.find((candidate) => candidate.name === name)?.simple;
    return simple?.limit !== limit || simple.period !== 60;
  });
  return findingsOf([
    [
      apart.length > 0,
      {
        name: "limits_apart",
        says:
          `${apart.map(([name]) => name).join(", ")}: wrangler.toml has another limit than the ` +
          "response headers show to callers.",
        mend: "Change the limit in src/edge/rate-limit.ts and in wrangler.toml together.",
      },
    ],
    [
      placement?.mode === undefined && placement?.region === undefined,
      {
        name: "placement_missing",
        says: "The Worker runs near its callers, and each statement crosses the world.",
        mend: 'Set [placement] region = "aws:…", next to PostgreSQL and Redis.',
      },
    ],
    [
      limits?.cpu_ms === undefined,
      {
        name: "cpu_unlimited",
        says: "A request may use 30 s of CPU.",
        mend: "Set [limits] cpu_ms = 5000 in wrangler.toml.",
      },
    ],
    [
      observability?.enabled !== true,
      {
        name: "no_logs",
        says: "Cloudflare does not keep the log.",
        mend: "Set [observability] enabled = true.",
      },
    ],
    [
      observability?.logs?.invocation_logs !== false,
      {
        name: "urls_logged",
        says: "Cloudflare's own log lines contain whole URLs with their query strings.",
        mend: "Set [observability.logs] invocation_logs = false.",
      },
    ],
  ]);
}
