import { Response } from "miniflare";

/** What a further Worker of a bank needs. */
export interface WorkerSettings {
  readonly database_url: string;
  readonly bindings: Readonly<Record<string, string>>;
}

/** What Miniflare is told of the Worker's bundle, without the proxies of Wrangler. */
export function bankConfig<Bindings extends object>(
  bundle: string,
  { database_url, bindings }: WorkerSettings,
  more: Bindings,
) {
  const limits = {
    type: "rate-limit",
    namespace: "1",
    simple: { limit: 1_000_000, period: 60 },
  } as const;
  const texts = Object.entries(bindings).map(
    ([name, value]) => [name, { type: "text", value }] as const,
  );
  return {
    name: "edgebank",
    compatibilityDate: "2026-10-23",
    manifest: {
      mainModule: "worker.js",
      modules: { "worker.js": { type: "esm", contents: bundle } },
    },
    env: {
      ...(Object.fromEntries(texts) as Record<string, { type: "text"; value: string }>),
      HYPERDRIVE: { type: "hyperdrive", id: "bank", dev: { connectionString: database_url } },
      USER_RATE_LIMIT: limits,
      ADDRESS_RATE_LIMIT: limits,
      LOGIN_RATE_LIMIT: limits,
      ASSETS: { type: "fetcher", handler: () => new Response(null, { status: 404 }) },
      ...more,
    },
    exports: { Teller: { type: "durable-object", storage: "sqlite" } },
  } as const;
}
