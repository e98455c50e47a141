import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

interface Share {
  readonly version_id: string;
  readonly percentage: number;
}

export interface FakeWrangler {
  /** The commands so far, without `--config`, `--env`, messages and tags. */
  calls(): Promise<string[]>;
  /** Which versions of the bank serve which share. */
  shares(): Promise<Share[]>;
  /** Fails each command that begins with these words. */
  failAt(words: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Keeps in one file what Cloudflare would know. Plain JavaScript, because it is a program of its
 * own.
 */
const program = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const file = __dirname + "/state.json";
const state = JSON.parse(readFileSync(file, "utf8"));
const words = process.argv.slice(2);
const config = words[words.indexOf("--config") + 1];
const worker = config.includes("passwords") ? "passwords" : "bank";
const end = words.findIndex((word) => word.startsWith("--"));
const command = words.slice(0, end).join(" ");
state.calls.push(worker + ": " + command);
const fails = state.fail_at !== "" && (command + " ").startsWith(state.fail_at + " ");
if (!fails) {
  if (command === "deployments status") console.log(JSON.stringify({ versions: state[worker] }));
  if (command === "versions upload") {
    const line = { type: "version-upload", version: 1, version_id: "new" };
    appendFileSync(process.env.WRANGLER_OUTPUT_FILE_PATH, JSON.stringify(line) + "\\n");
  }
  if (command === "deploy") state[worker] = [{ version_id: "new", percentage: 100 }];
  if (command.startsWith("versions deploy ")) {
    state[worker] = command.split(" ").slice(2).map((spec) => {
      const [version_id, percentage] = spec.split("@");
      return { version_id, percentage: Number.parseInt(percentage) };
    });
  }
}
writeFileSync(file, JSON.stringify(state));
if (fails) {
  console.error("Cloudflare says no.");
  process.exitCode = 1;
}
`;

interface State {
  readonly calls: string[];
  readonly fail_at: string;
  readonly bank: Share[];
}

/**
 * Puts a program \`wrangler\` first on the PATH of this process, which remembers what it was told.
 */
export async function putFakeWranglerOnPath(): Promise<FakeWrangler> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-wrangler-"));
  const file = path.join(directory, "state.json");
  const old = [{ version_id: "old", percentage: 100 }];
  const write = (state: object): Promise<void> => writeFile(file, JSON.stringify(state));
  const read = async (): Promise<State> => JSON.parse(await readFile(file, "utf8")) as State;
  await write({ calls: [], fail_at: "", bank: old, passwords: old });
  await writeFile(path.join(directory, "wrangler"), program);
  await chmod(path.join(directory, "wrangler"), 0o755);
  const { PATH = "" } = process.env;
  process.env["PATH"] = `${directory}${path.delimiter}${PATH}`;
  return {
    calls: async () => (await read()).calls,
    shares: async () => (await read()).bank,
    failAt: async (words) => write({ ...(await read()), fail_at: words }),
    remove: async () => {
      process.env["PATH"] = PATH;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
