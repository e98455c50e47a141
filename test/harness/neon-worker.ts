import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { RunningWorker, WorkerOptions } from "../../local/worker/run-worker.ts";
import { startNeonEndpoint } from "./neon-endpoint.ts";

const project_directory = path.join(import.meta.dirname, "../..");

/** A name that nobody can have (RFC 6761), so that nothing leaves this machine. */
const neon_host = "ep-quiet-sea-1.eu-central-1.aws.neon.test";
/** Where the driver sends the statements for it. */
const neon_api = "https://api.eu-central-1.aws.neon.test/sql";

/**
 * The Worker as it is deployed without Hyperdrive: it sends its statements to Neon over HTTP. What
 * would go to Neon goes to an endpoint on this machine, in front of the database of the options.
 * Nothing of the Worker is changed.
 */
export async function runNeonWorker(options: WorkerOptions): Promise<RunningWorker> {
  const database_url = new URL(options.database_url);
  const endpoint = await startNeonEndpoint(Number(database_url.port));
  const fetchOutside = globalThis.fetch;
  // Wrangler sends with this function what the Worker fetches.
  globalThis.fetch = (input, init) => {
    return input === neon_api ? fetchOutside(endpoint.url, init) : fetchOutside(input, init);
  };
  database_url.host = neon_host;
  database_url.port = "";
  const { runWorker } = await import("../../local/worker/run-worker.ts");
  const worker = await runWorker({
    ...options,
    config: await writeNeonConfig(options.directory),
    vars: {
      ...options.vars,
      DATABASE_URL: database_url.href,
    },
  });
  return {
    ...worker,
    stop: async () => {
      await worker.stop();
      globalThis.fetch = fetchOutside;
      await endpoint.stop();
    },
  };
}

/** Does what wrangler.toml says to do without Hyperdrive. Returns the path of the file. */
async function writeNeonConfig(directory: string): Promise<string> {
  const text = await readFile(path.join(project_directory, "wrangler.toml"), "utf8");
  const without_hyperdrive = text.replace(/^\[\[hyperdrive\]\]\n(\w+ = .*\n)+/m, "");
  if (without_hyperdrive === text) throw new Error("wrangler.toml has no Hyperdrive to leave out.");
  const anywhere = without_hyperdrive
    .replace('main = "', `main = "${project_directory}/`)
    .replace('directory = "', `directory = "${project_directory}/`);
  const file = path.join(directory, "wrangler-neon.toml");
  await writeFile(file, anywhere);
  return file;
}
