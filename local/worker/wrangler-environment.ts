import path from "node:path";

/**
 * Keeps Wrangler on this machine and in one folder: no telemetry, no search for updates, no fetch
 * of `Request.cf`, and no files in the home folder. The registry of Workers is not shared with
 * another instance, because that instance's queue consumer would otherwise get our messages. Traces
 * of requests are not kept, because nothing would ever delete them.
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

/**
 * Wrangler reads the local address of Hyperdrive only from this variable and from its configuration
 * file.
 */
export const hyperdrive_variable = "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE";
