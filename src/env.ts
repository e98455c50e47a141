import { z } from "zod";
import { log } from "./log.ts";

const jwt_key_bytes_min = 32;

const JwtKeys = z
  .string()
  .transform((text, issues) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      issues.addIssue({ code: "custom", message: "must be JSON" });
      return z.NEVER;
    }
  })
  .pipe(
    z.strictObject({
      active: z.string().min(1),
      keys: z.record(z.string().min(1), z.base64url().transform(decodeKey)),
    }),
  )
  .refine(
    ({ active, keys }) => Object.hasOwn(keys, active),
    "the active key must be one of the keys",
  );

function decodeKey(text: string, issues: z.RefinementCtx): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
    c.charCodeAt(0),
  );
  // RFC 7518 section 3.2: a key for HS256 has at least as many bytes as the hash.
  if (bytes.length < jwt_key_bytes_min) {
    issues.addIssue({
      code: "custom",
      message: `must have at least ${String(jwt_key_bytes_min)} bytes`,
    });
  }
  return bytes;
}

const binding = <T>(method: string) =>
  z.custom<T>(
    (value) => typeof (value as Record<string, unknown> | undefined)?.[method] === "function",
  );

const hyperdrive = z.custom<Hyperdrive>((value) => typeof value === "object" && value !== null);

/** The server's own pool of connections to Postgres, where there is no Hyperdrive. */
export interface PostgresPool {
  /** Like `Query` in `src/database`: the columns of each row, all of them text. */
  readonly query: (
    text: string,
    values: readonly unknown[],
  ) => Promise<readonly (readonly (string | null)[])[]>;
}

const locations = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"] as const;
const tellers_max = 1_000;

const Env = z
  .object({
    HYPERDRIVE: hyperdrive.optional(),
    /** A standby of the same database. Without it, the primary answers every read. */
    HYPERDRIVE_REPLICA: hyperdrive.optional(),
    // How long a read waits for the replica, and how far the replica may be behind, before the
    // primary is asked instead.
    REPLICA_TIMEOUT_MS: z.coerce.number().int().min(1).max(10_000).default(1_000),
    REPLICA_LAG_MAX_MS: z.coerce.number().int().min(1).max(3_600_000).default(10_000),
    /**
     * Outside Cloudflare, `src/runtimes` connects to DATABASE_URL itself and binds its pool here.
     */
    POSTGRES: binding<PostgresPool>("query").optional(),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    UPSTASH_REDIS_REST_URL: z.url({ protocol: /^https?$/ }),
    UPSTASH_REDIS_REST_TOKEN: z.string().min(1),
    // How long a read waits for Redis before it asks Postgres, and how long a write waits before it
    // answers anyway. The defaults are for Redis in the same region. For a Redis further away, set
    // more than the round trip takes.
    REDIS_READ_TIMEOUT_MS: z.coerce.number().int().min(1).max(10_000).default(150),
    REDIS_WRITE_TIMEOUT_MS: z.coerce.number().int().min(1).max(10_000).default(1_000),
    JWT_KEYS: JwtKeys,
    JWT_ISSUER: z.string().min(1),
    JWT_AUDIENCE: z.string().min(1),
    JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
    USER_RATE_LIMIT: binding<RateLimit>("limit"),
    ADDRESS_RATE_LIMIT: binding<RateLimit>("limit"),
    LOGIN_RATE_LIMIT: binding<RateLimit>("limit"),
    /**
     * Without a queue, audit events outside a transaction are stored directly, after the response.
     */
    AUDIT_QUEUE: binding<Queue<string>>("send").optional(),
    METRICS: binding<AnalyticsEngineDataset>("writeDataPoint").optional(),
    ASSETS: binding<Fetcher>("fetch"),
    PASSWORDS: binding<Fetcher>("fetch").optional(),
    /** Without this binding there are no tellers, and each transfer is its own call. */
    TELLERS: binding<DurableObjectNamespace>("idFromName").optional(),
    TELLER_COUNT: z.coerce.number().int().min(1).max(tellers_max).default(16),
    TELLER_LOCATION: z.enum(locations).optional(),
  })
  .refine((env) => env.HYPERDRIVE !== undefined || env.DATABASE_URL !== undefined, {
    path: ["HYPERDRIVE"],
    message: "either HYPERDRIVE or DATABASE_URL is needed",
  });

/** The Worker's settings and bindings, after validation. */
export type Env = z.infer<typeof Env>;

const parsed = new WeakMap<object, Env>();

/**
 * Checks the bindings, once for each isolate. If something is wrong, it logs the problems by
 * variable name and throws.
 */
export function parseEnv(bindings: object): Env {
  let env = parsed.get(bindings);
  if (env === undefined) {
    const { success, data, error } = Env.safeParse(bindings);
    if (!success) {
      const problems = error.issues.map(describeIssue);
      log("misconfigured", { problems });
      throw new Error(`The Worker is not configured. ${problems.join("; ")}`);
    }
    env = data;
    parsed.set(bindings, env);
  }
  return env;
}

/**
 * What is wrong with the bindings. Each problem begins with its variable. Empty when nothing is
 * wrong.
 */
export function problemsOf(bindings: object): readonly string[] {
  return Env.safeParse(bindings).error?.issues.map(describeIssue) ?? [];
}

/** Shows no values, because a misplaced value may be a secret. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const [variable, ...path] = issue.path.map(String);
  // The operator chooses the names in JWT_KEYS. If a name and its key were swapped, the name is a
  // secret.
  const is_member = variable === "JWT_KEYS" && path.length > 1;
  const where = is_member ? `${variable}.keys` : [variable, ...path].join(".");
  const is_unknown = issue.code === "unrecognized_keys";
  return `${where}: ${is_unknown ? "has a member that is not known" : issue.message}`;
}
