import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { ExplainedError } from "../local/explained-error.ts";
import { readWorkerConfig } from "./worker-config.ts";

const root = path.join(import.meta.dirname, "..");

/** A Worker on Cloudflare, through the program `wrangler` on the PATH. */
export interface WranglerWorker {
  /**
   * The version that serves all requests.
   *
   * @throws {ExplainedError} when the Worker was never deployed, or another rollout is under way.
   */
  servingVersion(): Promise<string>;
  /** Uploads a version that serves no requests yet. Returns its id. */
  upload(tag: string): Promise<string>;
  /** Gives `percent` of the requests to `version` and the others to the version before it. */
  serve(version: string, percent: number, before: string): Promise<void>;
  serveAlone(version: string, message: string): Promise<void>;
  deployAtOnce(tag: string): Promise<void>;
  deployTriggers(): Promise<void>;
  /** A header that sends one request to the version, even if it serves no other requests. */
  overrideHeader(version: string): Readonly<Record<string, string>>;
}

const Deployment = z.object({
  versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })),
});
const Uploaded = z.object({ type: z.literal("version-upload"), version_id: z.string() });

export function openWranglerWorker(
  config: string,
  environment: string | undefined,
): WranglerWorker {
  const { name } = readWorkerConfig(path.join(root, config), environment);
  const where = ["--config", config, ...(environment === undefined ? [] : ["--env", environment])];
  const run = (words: readonly string[], output_file?: string): Promise<string> =>
    runWrangler([...words, ...where], output_file);
  const serveAlone = async (version: string, message: string): Promise<void> => {
    await run(["versions", "deploy", `${version}@100%`, "--message", message, "--yes"]);
  };
  return {
    servingVersion: async () =>
      readServingVersion(name, await run(["deployments", "status", "--json"])),
    upload: (tag) => upload(tag, run),
    serve: async (version, percent, before) => {
      if (percent === 100) return serveAlone(version, "serves all");
      const shares = [`${version}@${String(percent)}%`, `${before}@${String(100 - percent)}%`];
      const message = `serves ${String(percent)} %`;
      await run(["versions", "deploy", ...shares, "--message", message, "--yes"]);
    },
    serveAlone,
    deployAtOnce: async (tag) => {
      await run(["deploy", "--tag", tag]);
    },
    deployTriggers: async () => {
      await run(["triggers", "deploy"]);
    },
    overrideHeader: (version) => ({
      "Cloudflare-Workers-Version-Overrides": `${name}="${version}"`,
    }),
  };
}

function readServingVersion(name: string, json: string): string {
  const { versions } = Deployment.parse(JSON.parse(json));
  const [only, ...others] = versions.filter(({ percentage }) => percentage > 0);
  if (only !== undefined && others.length === 0) return only.version_id;
  throw new ExplainedError(
    `Two versions of ${name} share the requests: end that rollout first, with npx wrangler ` +
      "versions deploy.",
  );
}

async function upload(
  tag: string,
  run: (words: readonly string[], output_file: string) => Promise<string>,
): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-deploy-"));
  const output_file = path.join(directory, "output.ndjson");
  try {
    await run(["versions", "upload", "--tag", tag, "--message", tag], output_file);
    for (const line of (await readFile(output_file, "utf8"))
      .split("\n")
      .filter((text) => text !== "")) {
      const { success, data } = Uploaded.safeParse(JSON.parse(line));
      if (success) return data.version_id;
    }
    throw new ExplainedError("Wrangler did not say which version it uploaded.");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runWrangler(words: readonly string[], output_file?: string): Promise<string> {
  const output = output_file === undefined ? {} : { WRANGLER_OUTPUT_FILE_PATH: output_file };
  try {
    const { stdout } = await promisify(execFile)("wrangler", words, {
      cwd: root,
      env: { ...process.env, ...output, WRANGLER_HIDE_BANNER: "true", CI: "true" },
    });
    return stdout;
  } catch (error) {
    const {
      stderr = "",
      stdout = "",
      message,
    } = error as Error & { stderr?: string; stdout?: string };
    const said = [stdout, stderr].join("\n").trim();
    throw new ExplainedError(`wrangler ${words.join(" ")} failed: ${said === "" ? message : said}`);
  }
}
