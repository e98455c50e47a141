import { writeFile } from "node:fs/promises";
import path from "node:path";
import * as wrangler from "wrangler";

/**
 * Writes the configurations of the local Workers. They are those of the project, but they are
 * written to `directory`, because Wrangler writes its files beside its configuration, and the
 * checkout may belong to another user.
 *
 * This is a program of its own, because loading Wrangler takes a second and changes `fetch` in its
 * process.
 */
const project_directory = path.join(import.meta.dirname, "../..");

/**
 * Wrangler's types for it are not published. The version is fixed, and each start shows a change.
 */
type ReadRawConfig = (file: { config: string }) => { readonly rawConfig: RawConfig };
interface RawConfig {
  readonly main: string;
  readonly alias: Readonly<Record<string, string>>;
  readonly assets?: object;
  readonly env?: object;
}
const readRawConfig = Reflect.get(wrangler, "experimental_readRawConfig") as ReadRawConfig;

const [directory = ""] = process.argv.slice(2);
/** Quotes for the shell that runs the command. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const assets_directory = path.join(directory, "assets");
const build_assets = path.join(project_directory, "scripts/build-assets.ts");

/** A configuration of the project, with absolute paths. */
function readConfig(name: string): RawConfig {
  const { rawConfig } = readRawConfig({ config: path.join(project_directory, name) });
  const alias = Object.entries(rawConfig.alias).map(([from, to]) => [
    from,
    path.join(project_directory, to),
  ]);
  return {
    ...rawConfig,
    // Environments are only for deployment.
    env: {},
    main: path.join(project_directory, rawConfig.main),
    alias: Object.fromEntries(alias) as Record<string, string>,
  };
}

async function writeConfig(name: string, config: object): Promise<void> {
  await writeFile(path.join(directory, name), `${JSON.stringify(config, null, 2)}\n`);
}

const bank = readConfig("wrangler.toml");
await writeConfig("wrangler.json", {
  ...bank,
  build: {
    command: [process.execPath, build_assets, assets_directory].map(quote).join(" "),
    cwd: project_directory,
    watch_dir: path.join(project_directory, "src/docs"),
  },
  assets: { ...bank.assets, directory: assets_directory },
});
await writeConfig("wrangler.passwords.json", readConfig("wrangler.passwords.toml"));
