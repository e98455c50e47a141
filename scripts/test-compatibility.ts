import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";
import { startPostgres } from "../local/postgres/start-postgres.ts";
import { migrate } from "./migrate.ts";
import { migrations_directory } from "./migration-files.ts";

const root = path.join(import.meta.dirname, "..");
/** The suite takes a minute or two. */
const suite_limit_ms = 600_000;

/**
 * Tests of every way in which money moves and is read. The list is fixed, because an older release
 * does not have what a later one adds to the API.
 */
const suite = [
  "login",
  "create-customer",
  "update-account",
  "get-account",
  "credit-account",
  "debit-account",
  "create-transfer",
  "create-transfers",
  "reverse-transfer",
  "create-hold",
  "capture-hold",
  "release-hold",
  "get-balance",
  "list-entries",
  "list-transfers",
].map((name) => `test/api/${name}.test.ts`);

/**
 * What a checkout of the older commit takes from this one. It keeps its own tests, and the packages
 * that they need.
 */
const mixtures: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  "the Worker before on the schema after": async (directory) => {
    // This checkout's migrations run with its own program, because the older program may not know
    // what is new in them.
    const program = JSON.stringify(path.join(root, "scripts/migrate.ts"));
    await writeFile(path.join(directory, "scripts/migrate.ts"), `export * from ${program};\n`);
    await rm(path.join(directory, "migrations"), { recursive: true });
    await cp(migrations_directory, path.join(directory, "migrations"), { recursive: true });
  },
  "the Worker after on the schema before": async (directory) => {
    // This checkout's Worker is bundled in place, with its own packages.
    for (const name of ["wrangler.toml", "wrangler.passwords.toml"]) {
      const config = await readFile(path.join(root, name), "utf8");
      const src = path.join(root, "src");
      await writeFile(path.join(directory, name), config.replaceAll(/"(\.\/)?src\//g, `"${src}/`));
    }
  },
};

async function git(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("git", words, { cwd: root });
  return stdout.trim();
}

/**
 * The newest release. Before the first release, it is the commit that last edited an existing
 * ordered migration, because a bank of an earlier commit cannot be migrated to this one. Empty when
 * there is neither.
 */
async function commitBefore(): Promise<string> {
  const release = await git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^").catch(
    () => "",
  );
  if (release !== "") return release;
  const words = ["log", "-1", "--format=%h", "--diff-filter=MDR", "--", "migrations/[0-9]*.sql"];
  return git(...words).catch(() => "");
}

/** Runs `run` in a checkout of the commit, and deletes the checkout afterwards. */
async function inCheckout(
  commit: string,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const parent = await mkdtemp(path.join(tmpdir(), "edgebank-compatibility-"));
  const directory = path.join(parent, "checkout");
  try {
    await git("worktree", "add", "--detach", directory, commit);
    await installPackages(directory);
    await run(directory);
  } finally {
    await git("worktree", "remove", "--force", directory).catch(() => undefined);
    await rm(parent, { recursive: true, force: true });
  }
}

/**
 * Installs the packages of the older commit. If it needs the same packages, those of this checkout
 * are used.
 */
async function installPackages(directory: string): Promise<void> {
  const lock = "package-lock.json";
  const [here, there] = await Promise.all(
    [root, directory].map((where) => readFile(path.join(where, lock), "utf8")),
  );
  if (here === there)
    await symlink(path.join(root, "node_modules"), path.join(directory, "node_modules"));
  else await promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund"], { cwd: directory });
}

/** Migrates a bank of the older commit to this one, as `npm run migrate` does. */
async function upgrade(older_migrations: string): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-upgrade-"));
  const postgres = await startPostgres({ directory, settings: { fsync: "off" } });
  try {
    await migrate(postgres.url, older_migrations);
    const { applied } = await migrate(postgres.url, migrations_directory);
    process.stdout.write(
      `ok      the schema before becomes the schema after: ${String(applied.length)} files\n`,
    );
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The tests of login limits are left out, because they depend on Redis and its speed, and not on
 * the schema.
 */
const options = ["--testNamePattern=^(?!.*the limits of logins)"];

async function runSuite(directory: string, name: string): Promise<void> {
  const files = suite.filter((file) => existsSync(path.join(directory, file)));
  const vitest = path.join(directory, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--project", "api", ...options, ...files], {
    cwd: directory,
    stdio: ["ignore", "inherit", "inherit"],
    timeout: suite_limit_ms,
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new ExplainedError(`failed  ${name}`);
  process.stdout.write(`ok      ${name}\n`);
}

async function main([given, ...more]: readonly string[]): Promise<void> {
  if (more.length > 0) throw new ExplainedError("npm run test:compatibility -- <an older commit>");
  const older = given ?? (await commitBefore());
  if (older === "") {
    process.stdout.write("There is no older commit to compare with.\n");
    return;
  }
  const commit = await git("rev-parse", "--verify", `${older}^{commit}`).catch(() => {
    throw new ExplainedError(`There is no commit "${older}".`);
  });
  process.stdout.write(`before: ${await git("log", "-1", "--format=%h %s", commit)}\n`);
  await inCheckout(commit, async (directory) => {
    await upgrade(path.join(directory, "migrations"));
    for (const [name, mix] of Object.entries(mixtures)) {
      await promisify(execFile)("git", ["checkout", "--force", commit, "--", "."], {
        cwd: directory,
      });
      await mix(directory);
      await runSuite(directory, name);
    }
  });
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = reportFailure(error);
});
