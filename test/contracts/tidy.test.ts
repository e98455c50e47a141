import { readdirSync, readFileSync, existsSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";

const bank = sharedBank();

const root = path.join(import.meta.dirname, "../..");
const folders = "src local scripts test bench prove migrations docs .ci .github".split(" ");
const typescript_lines = { source: 260, test: 400 };
const function_lines = 70;
const sql_lines = 140;
const line_columns = 100;

const files = [
  ...readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name),
  ...folders
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
    ),
].filter((file) => file !== "package-lock.json" && !file.includes("/vendor/"));

const typescript_files = files.filter((file) => file.endsWith(".ts"));
const function_files = files.filter((file) => file.startsWith("migrations/functions/"));
const markdown_files = files.filter((file) => file.endsWith(".md"));

const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const countLines = (text: string): number => text.trimEnd().split("\n").length;

test("TypeScript files are kebab-case, SQL files snake_case", () => {
  const wrong = files.filter((file) => {
    const name = path.basename(file);
    if (file.endsWith(".sql")) return !/^[a-z0-9_]+\.sql$/.test(name);
    return file.endsWith(".ts") && !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))?\.ts$/.test(name);
  });
  expect(wrong).toEqual([]);
});

test("a file has a name that says what is in it", () => {
  const vague = /(^|\/)(utils?|lib|common|helpers?|types|misc|index)(\/|\.ts$)/;
  expect(files.filter((file) => vague.test(file))).toEqual([]);
});

test("no file only passes on what others export", () => {
  const barrels = typescript_files.filter((file) =>
    /^export (\*|\{[^}]*\}) from/m.test(read(file)),
  );
  expect(barrels).toEqual([]);
});

test("a file is short enough to be read", () => {
  const long = files
    .filter((file) => /\.(ts|sql)$/.test(file) && file !== "migrations/schema.sql")
    .map((file) => ({ file, lines: countLines(read(file)) }))
    .filter(({ file, lines }) => {
      if (file.endsWith(".sql")) return lines > sql_lines;
      return lines > (file.startsWith("test/") ? typescript_lines.test : typescript_lines.source);
    });
  expect(long).toEqual([]);
});

test("a line has at most 100 columns", () => {
  const written = /\.(ts|js|sql|spec|md|yml|yaml|toml|go)$|^\.ci\/run$/;
  // A migration that was applied is never edited, and the others are generated.
  const as_they_are = /^migrations\/(\d{4}_.*|schema)\.sql$|^worker-configuration\.d\.ts$/;
  const long = files
    .filter((file) => written.test(file) && !as_they_are.test(file))
    .flatMap((file) => findLongLines(file, read(file)));
  expect(long).toEqual([]);
});

/** A line may be longer where a line break would change what it says. */
const unbreakable: readonly RegExp[] = [
  // The title of a test.
  /^(test|describe)[.(].*["'`], |^(["'`]).*\2, (async )?\(.*\) => \{$/,
  // One literal, perhaps after a short name.
  /^(\w+: )?("(\\.|[^"\\])*"|'(\\.|[^'\\])*'|`(\\.|[^`\\])*`|\/(?!\*).+\/[a-z]*)[,;]?$/,
  // A command that `npm start` prints.
  /^(TOKEN=\$\()?curl /,
];

function findLongLines(file: string, text: string): string[] {
  const is_markdown = file.endsWith(".md");
  let is_code = false;
  return text.split("\n").flatMap((line, index) => {
    if (is_markdown && line.trim().startsWith("```")) is_code = !is_code;
    if (line.replaceAll(/https?:\S+/g, "").length <= line_columns) return [];
    if (is_markdown && (is_code || line.trim().startsWith("|"))) return [];
    if (unbreakable.some((pattern) => pattern.test(line.trim()))) return [];
    return [`${file}:${String(index + 1)}`];
  });
}

test("a function fits a screen", () => {
  const long = typescript_files
    .filter((file) => !file.startsWith("test/") || !file.endsWith(".test.ts"))
    .flatMap((file) => findLongFunctions(file, read(file)));
  expect(long).toEqual([]);
});

function findLongFunctions(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const long: string[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const lines = lineOf(node.end) - lineOf(node.getStart(source)) + 1;
      if (lines > function_lines) long.push(`${file}:${String(lineOf(node.getStart(source)) + 1)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return long;
}

test("no comment postpones work", () => {
  const later = new RegExp(
    `\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`,
  );
  const found = files
    .filter((file) => /\.(ts|js|sql|md|yml|toml)$/.test(file) || file === ".ci/run")
    .filter((file) => later.test(read(file).replaceAll('"XXX"', "")));
  expect(found).toEqual([]);
});

test("every link in a document leads somewhere", () => {
  const broken = markdown_files.flatMap((file) =>
    [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !/^(https?:|mailto:|#)/.test(target))
      .filter(
        (target) => !existsSync(path.join(root, path.dirname(file), target.replace(/#.*$/, ""))),
      )
      .map((target) => `${file} → ${target}`),
  );
  expect(broken).toEqual([]);
});

test("a function's file opens with what it guarantees", () => {
  expect(function_files.filter((file) => !read(file).startsWith("-- "))).toEqual([]);
});

test("each function has a file of its name, and each file makes one function", async () => {
  const rows = await bank.sql<{ name: string; overloads: number }>(
    `select proname as name, count(*)::integer as overloads from pg_proc
      where pronamespace in ('bank'::regnamespace, 'bank_internal'::regnamespace)
      group by proname order by proname collate "C"`,
  );
  const own = new Set(function_files.map((file) => path.basename(file, ".sql")));
  expect(own.size).toBe(function_files.length);
  // A function that only triggers call is made by the migration that makes its trigger.
  const from_files = rows.filter(
    ({ name }) => !read("migrations/0006_append_only.sql").includes(`bank_internal.${name}(`),
  );
  expect(from_files).toEqual([...own].sort().map((name) => ({ name, overloads: 1 })));
});
