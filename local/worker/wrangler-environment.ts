import path from "node:path";

/**
 * Keeps Wrangler to this machine and to one folder: no telemetry, no look at the registry for updates, no fetch of
 * `Request.cf`, no files in the home folder, and no registry of Workers shared with another instance, whose queue
 * consumer would otherwise be given our messages. Traces of requests are not kept, for they would be for ever.
 */
export function wranglerEnvironment(directory: string): Record<string, string> {
  return {
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    MINIFLARE_CACHE_DIR: path.join(directory, "cache"),
    WRANGLER_CACHE_DIR: path.join(directory, "cache"),
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
    WRANGLER_REGISTRY_PATH: path.join(directory, "registry"),
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
    X_LOCAL_EXPLORER: "false",
    X_LOCAL_OBSERVABILITY: "false",
    XDG_CONFIG_HOME: path.join(directory, "config"),
  };
}

/** Wrangler reads the local stand-in for a Hyperdrive configuration from here, and nowhere else but the file. */
export const hyperdrive_variable = "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE";
