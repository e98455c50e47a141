import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";
import { startPostgres } from "../local/postgres/start-postgres.ts";
import { migrate } from "./migrate.ts";
import { migrations_directory } from "./migration-files.ts";

const root = path.join(import.meta.dirname, "..");

/** Every way in which money moves, and how it is read. What a release adds to the API is none of an older one's business. */
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
];

/** What a checkout of the older commit takes from this one. Its tests stay its own in both. */
const mixtures = [
  { name: "the Worker before on the schema after", take: ["migrations", "scripts"] },
  {
    name: "the Worker after on the schema before",
    take: ["src", "wrangler.toml", "wrangler.passwords.toml"],
  },
] as const;

async function git(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("git", words, { cwd: root });
  return stdout.trim();
}

async function newestRelease(): Promise<string | undefined> {
  return git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^").catch(() => undefined);
}

/** Runs something in a checkout of the commit, which is gone afterwards. */
async function inCheckout(commit: string, run: (directory: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(path.join(tmpdir(), "edgebank-compatibility-"));
  const directory = path.join(parent, "checkout");
  try {
    await git("worktree", "add", "--detach", directory, commit);
    await symlink(path.join(root, "node_modules"), path.join(directory, "node_modules"));
    await run(directory);
  } finally {
    await git("worktree", "remove", "--force", directory).catch(() => undefined);
    await rm(parent, { recursive: true, force: true });
  }
}

/** A bank of the older commit, brought up to this one as `npm run migrate` does it. */
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

async function runSuite(directory: string, name: string): Promise<void> {
  const files: string[] = [];
  for (const test of suite) {
    const file = `test/api/${test}.test.ts`;
    if (
      await access(path.join(directory, file)).then(
        () => true,
        () => false,
      )
    )
      files.push(file);
  }
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--project", "api", ...files], {
    cwd: directory,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new ExplainedError(`failed  ${name}`);
  process.stdout.write(`ok      ${name}\n`);
}

async function main([given, ...more]: readonly string[]): Promise<void> {
  if (more.length > 0) throw new ExplainedError("npm run test:compatibility -- <an older commit>");
  const older = given ?? (await newestRelease());
  if (older === undefined) {
    process.stdout.write("Nothing is released yet, so there is nothing to be compatible with.\n");
    return;
  }
  const commit = await git("rev-parse", "--verify", `${older}^{commit}`).catch(() => {
    throw new ExplainedError(`There is no commit "${older}".`);
  });
  const newer = await git("rev-parse", "HEAD");
  await inCheckout(commit, (directory) => upgrade(path.join(directory, "migrations")));
  for (const { name, take } of mixtures) {
    await inCheckout(commit, async (directory) => {
      await rm(path.join(directory, take[0]), { recursive: true });
      await promisify(execFile)("git", ["checkout", newer, "--", ...take], { cwd: directory });
      await runSuite(directory, name);
    });
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = reportFailure(error);
});
