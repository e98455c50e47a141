import Papa from "papaparse";
import type { ReadFunctions } from "../database/functions.ts";
import type { Account, Entry } from "../schemas/account.ts";
import { majorUnits } from "../schemas/currency.ts";
import { bodyOf, read, readBody } from "./database-calls.ts";
import type { RequestContext } from "./request-context.ts";

type Statement = Pick<ReadFunctions["list_entries"], "account_id" | "from" | "to">;

interface StatementPage {
  readonly data: readonly Entry[];
  /** Neither on an internal account, which keeps no running balance. */
  readonly opening_balance?: number;
  readonly closing_balance?: number;
}

interface PageRead extends StatementPage {
  readonly next_position: string | null;
}

const page_size = 500;
/** Five million entries: more than a spreadsheet holds. */
const pages_max = 10_000;

const columns = [
  "created_at",
  "kind",
  "description",
  "counterparty_account_id",
  "transfer_id",
  "amount",
  "amount_major",
  "balance_after",
  "balance_after_major",
  "currency",
  "account_version",
] as const;

type Row = Readonly<Partial<Record<(typeof columns)[number], string | number | null>>>;

/** Text that a spreadsheet would take for a formula gets an apostrophe before it. Amounts are numbers, negative or not. */
const formula = /^(?!-?\d+(\.\d+)?$)\s*[=+\-@|%\t\r\n]/;

/**
 * The whole statement as CSV (RFC 4180), newest first, page by page: the closing balance, the entries of the span,
 * the opening balance. The first page is read before this returns, so what is refused is refused with a problem.
 */
export async function exportEntries(
  context: RequestContext,
  statement: Statement,
): Promise<ReadableStream<Uint8Array>> {
  const account = await readAccount(context, statement.account_id);
  const first = await readEntries(context, statement, undefined);
  return encode(csvChunks(context, statement, account, first));
}

async function* csvChunks(
  context: RequestContext,
  statement: Statement,
  { currency }: Account,
  first: PageRead,
): AsyncGenerator<string> {
  yield toCsv([columns, ...balanceRow("closing_balance", first.closing_balance, statement.to, currency)]);
  let page = first;
  for (let count = 1; count <= pages_max; count += 1) {
    yield toCsv(page.data.map((entry) => cells(entryRow(entry, currency))));
    if (page.next_position === null) break;
    page = await readEntries(context, statement, page.next_position);
  }
  yield toCsv(balanceRow("opening_balance", first.opening_balance, statement.from, currency));
}

function entryRow(entry: Entry, currency: string): Row {
  return {
    ...entry,
    amount_major: majorUnits(entry.amount, currency),
    balance_after_major: entry.balance_after === null ? null : majorUnits(entry.balance_after, currency),
    currency,
  };
}

function balanceRow(kind: string, balance: number | undefined, at: string | undefined, currency: string) {
  if (balance === undefined) return [];
  const balance_after_major = majorUnits(balance, currency);
  return [cells({ created_at: at ?? null, kind, balance_after: balance, balance_after_major, currency })];
}

const cells = (row: Row) => columns.map((column) => row[column] ?? "");

function toCsv(rows: (readonly (string | number)[])[]): string {
  if (rows.length === 0) return "";
  return Papa.unparse(rows as (string | number)[][], { escapeFormulae: formula, newline: "\r\n" }) + "\r\n";
}

async function readAccount(context: RequestContext, account_id: string): Promise<Account> {
  // bank.get_account makes this object.
  return JSON.parse(await readBody(context, "get_account", { account_id })) as Account;
}

async function readEntries(
  context: RequestContext,
  statement: Statement,
  position: string | undefined,
): Promise<PageRead> {
  const answer = await read(context, "list_entries", { ...statement, limit: page_size, position });
  // bank.list_entries makes this object.
  const page = JSON.parse(bodyOf(answer)) as StatementPage;
  return { ...page, next_position: answer.next_position };
}

function encode(chunks: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else if (next.value !== "") controller.enqueue(encoder.encode(next.value));
    },
  });
}
