import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue, transfer_declines } from "../../src/errors.ts";
import { declaredCodes, described_operations } from "../harness/openapi-document.ts";

const root = path.join(import.meta.dirname, "../..");

/** The codes that the head of an SQL function says it raises or declines with. */
function raisedBy(file: string): string[] {
  const head = readFileSync(file, "utf8").split(/^create /m)[0] ?? "";
  const sentences = head.slice(Math.max(0, head.search(/Raises:|Declines:/)));
  return Object.keys(catalogue).filter((code) => new RegExp(`\\b${code}\\b`).test(sentences));
}

/** The codes that the text of an SQL function raises or declines with by itself. */
function codesIn(file: string): string[] {
  const [, ...statements] = readFileSync(file, "utf8").split(/^create /m);
  return Object.keys(catalogue).filter((code) => statements.join().includes(`'${code}'`));
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

  test.skipIf(file === undefined)("has a SQL function whose head names every code in it", () => {
    expect(raisedBy(file ?? "")).toEqual(expect.arrayContaining(codesIn(file ?? "")));
  });
});

describe("the declines of a transfer", () => {
  const sql = readFileSync(
    path.join(root, "migrations/functions/transfers/refusal_of.sql"),
    "utf8",
  );

  test("are those of refusal_of, in its order of precedence", () => {
    const named = [...sql.matchAll(/then '(\w+)'/g)].map(([, code]) => code);
    expect(named).toEqual([...transfer_declines]);
  });

  const settled = transfer_declines.filter(
    (code) => code !== "same_account" && code !== "currency_mismatch",
  );
  /**
   * The codes that remain when an account is the bank's own, belongs to the original, or its money
   * is held already.
   */
  const left: Readonly<Record<string, readonly string[]>> = {
    createTransfer: transfer_declines,
    createHold: transfer_declines,
    creditAccount: ["account_closed", "balance_out_of_range"],
    debitAccount: settled,
    reverseTransfer: settled,
    captureHold: settled.filter((code) => code !== "insufficient_funds"),
  };
  const declining = described_operations.flatMap((operation) => {
    const file = functions.get(operation.operationId);
    const text = file === undefined ? "" : readFileSync(file, "utf8");
    const said = /^-- .*Declines: ((?:.|\n--)*?)\.$/m.exec(text)?.[1];
    return said === undefined ? [] : [{ ...operation, said: said.replaceAll("\n--", "") }];
  });

  test.each(declining)(
    "$operationId declares those that its SQL function says, and no others",
    (operation) => {
      const { operationId, said } = operation;
      const is_transfer = said.includes("the codes of refusal_of");
      expect(Object.keys(left).includes(operationId), said).toBe(is_transfer);
      const expected = transfer_declines.filter(
        (code) => said.includes(code) || (is_transfer && left[operationId]?.includes(code)),
      );
      const declared = declaredCodes(operation);
      expect(transfer_declines.filter((code) => declared.includes(code))).toEqual(expected);
    },
  );
});
