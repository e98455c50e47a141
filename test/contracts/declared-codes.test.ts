import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/errors.ts";
import { declaredCodes, described_operations } from "../harness/openapi-document.ts";

const root = path.join(import.meta.dirname, "../..");

/** The codes that the head of an SQL function says it raises or declines with. */
function raisedBy(file: string): string[] {
  const head = readFileSync(file, "utf8").split(/^create /m)[0] ?? "";
  const sentences = head.slice(Math.max(0, head.search(/Raises:|Declines:/)));
  return Object.keys(catalogue).filter((code) => new RegExp(`\\b${code}\\b`).test(sentences));
}

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());

const files = await Array.fromAsync(glob(path.join(root, "migrations/functions/*/*.sql")));
const functions = new Map(files.map((file) => [camelCase(path.basename(file, ".sql")), file]));

describe.each(described_operations)("$operationId", (operation) => {
  const file = functions.get(operation.operationId);

  test.skipIf(file === undefined)("declares every code that its SQL function can answer", () => {
    expect(declaredCodes(operation)).toEqual(expect.arrayContaining(raisedBy(file ?? "")));
  });
});
