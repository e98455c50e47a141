import { z } from "zod";
import { parseNetworks } from "./client-address.ts";

/** What the server itself needs to know. `src/env.ts` has what the API needs. */
const Settings = z.object({
  /** 0 takes a free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8787),
  /** Only this machine, unless another address is named: a proxy that ends TLS stands in front. */
  HOST: z.string().default("127.0.0.1"),
  DATABASE_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(1_000).default(20),
  /**
   * The proxies whose `X-Forwarded-For` is believed: addresses and networks with commas between
   * them.
   */
  TRUSTED_PROXIES: z
    .string()
    .default("")
    .transform((text, issues) => {
      const networks = parseNetworks(text);
      if (networks === null)
        issues.addIssue({ code: "custom", message: "must be addresses or networks" });
      return networks ?? z.NEVER;
    }),
  /** Of several servers of one bank, one is enough to run the jobs. */
  JOBS: z.enum(["on", "off"]).default("on"),
});

export type Settings = z.infer<typeof Settings>;
export type Variables = Readonly<Record<string, string>>;

/** The environment's variables. An empty one counts as a missing one. */
export function readVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Variables {
  const given = Object.entries(environment).filter(([, value]) => (value ?? "") !== "");
  return Object.fromEntries(given) as Record<string, string>;
}

/** Returns the settings, or what is wrong with them. Each problem begins with its variable. */
export function parseSettings(
  variables: Variables,
): { readonly settings: Settings } | { readonly problems: readonly string[] } {
  const { data, error } = Settings.safeParse(variables);
  if (data !== undefined) return { settings: data };
  return {
    problems: error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`),
  };
}
