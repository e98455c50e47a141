import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readWorkerConfig, type WorkerConfig } from "../../scripts/worker-config.ts";
import { login_location_limit } from "../../src/edge/login-limit.ts";
import { address_limit, user_limit } from "../../src/edge/rate-limit.ts";
import { problemsOf } from "../../src/env.ts";

const root = path.join(import.meta.dirname, "../..");
const production = readWorkerConfig(path.join(root, "wrangler.toml"));
const staging = readWorkerConfig(path.join(root, "wrangler.toml"), "staging");

function generatedBindings(): string[] {
  const text = readFileSync(path.join(root, "worker-configuration.d.ts"), "utf8");
  const [, members = ""] = /interface __BaseEnv_Env \{([^}]*)\}/.exec(text) ?? [];
  return [...members.matchAll(/^\t(\w+)\??:/gm)].map(([, name = ""]) => name);
}

test("every binding of wrangler.toml is checked at the start", () => {
  const names = generatedBindings();
  expect(names).toContain("HYPERDRIVE");
  const problems = problemsOf(Object.fromEntries(names.map((name) => [name, 0])));
  expect(
    names.filter((name) => !problems.some((problem) => problem.startsWith(`${name}:`))),
  ).toEqual([]);
});

test("the rate limits that responses name are those of wrangler.toml", () => {
  const limits = Object.fromEntries(
    production.ratelimits.map(({ name, simple }) => [name, simple]),
  );
  expect(limits).toMatchObject({
    USER_RATE_LIMIT: { limit: user_limit, period: 60 },
    ADDRESS_RATE_LIMIT: { limit: address_limit, period: 60 },
    LOGIN_RATE_LIMIT: { limit: login_location_limit, period: 60 },
  });
});

/** A configuration without what belongs to one environment. */
function shapeOf(config: WorkerConfig): unknown {
  return {
    ...config,
    name: "",
    routes: [],
    vars: Object.keys(config.vars),
    hyperdrive: config.hyperdrive.map(({ binding }) => binding),
    services: config.services.map(({ binding }) => binding),
    analytics_engine_datasets: config.analytics_engine_datasets.map(({ binding }) => binding),
    ratelimits: config.ratelimits.map(({ name, simple }) => ({ name, simple })),
    queues: {
      producers: config.queues.producers.map(({ binding }) => binding),
      consumers: config.queues.consumers.map((consumer) => ({
        ...consumer,
        queue: "",
        dead_letter_queue: "",
      })),
    },
  };
}

function resourcesOf({ name, vars, services, queues, ...config }: WorkerConfig): unknown[] {
  return [
    name,
    ...Object.values(vars),
    ...services.map(({ service }) => service),
    ...config.analytics_engine_datasets.map(({ dataset }) => dataset),
    ...config.ratelimits.map(({ namespace_id }) => namespace_id),
    ...queues.producers.map(({ queue }) => queue),
    ...queues.consumers.flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue]),
  ];
}

test("staging has the bindings and limits of production, and shares no resource with it", () => {
  expect(shapeOf(staging)).toEqual(shapeOf(production));
  expect(resourcesOf(staging)).not.toHaveLength(0);
  expect(
    resourcesOf(staging).filter((resource) => resourcesOf(production).includes(resource)),
  ).toEqual([]);
});
