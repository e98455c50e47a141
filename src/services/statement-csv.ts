import Papa from "papaparse";
import type { ReadFunctions } from "../database/functions.ts";
import type { Account, Entry } from "../schemas/account.ts";
import { majorUnits } from "../schemas/currency.ts";
import { bodyOf, readBody } from "./database-calls.ts";
import { readList } from "./read-list.ts";
import type { RequestContext } from "./request-context.ts";

type Statement = Pick<ReadFunctions["list_entries"], "account_id" | "from" | "to">;

interface StatementPage {
  readonly data: readonly Entry[];
  /** Both are absent on an internal account, which has no running balance. */
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

/**
 * Text that a spreadsheet would execute as a formula gets an apostrophe in front. Numbers do not,
 * even negative ones.
 */
const formula = /^(?!-?\d+(\.\d+)?$)\s*[=+\-@|%\t\r\n]/;

/** A statement as a file, and the balances at both ends of its span. */
export interface StatementFile {
  readonly csv: ReadableStream<Uint8Array>;
  readonly opening_balance: number | undefined;
  readonly closing_balance: number | undefined;
}

/**
 * Exports the whole statement as CSV (RFC 4180), newest first, page by page: a header and the
 * entries of the span, nothing else. The first page is read before this returns, so that errors
 * become a problem document. A byte order mark tells a spreadsheet that the file is UTF-8. Other
 * programs read it as part of the first column name, so it is added only on request.
 */
export async function exportEntries(
  context: RequestContext,
  statement: Statement,
  { has_bom }: { readonly has_bom: boolean },
): Promise<StatementFile> {
  const account = await readAccount(context, statement.account_id);
  const first = await readEntries(context, statement, undefined);
  const { opening_balance, closing_balance } = first;
  const csv = encode(csvChunks(context, statement, { account, first, has_bom }));
  return { csv, opening_balance, closing_balance };
}

async function* csvChunks(
  context: RequestContext,
  statement: Statement,
  {
    account: { currency },
    first,
    has_bom,
  }: { account: Account; first: PageRead; has_bom: boolean },
): AsyncGenerator<string> {
  yield (has_bom ? "\uFEFF" : "") + toCsv([columns]);
  let page = first;
  for (let count = 1; count <= pages_max; count += 1) {
    yield toCsv(page.data.map((entry) => cells(entryRow(entry, currency))));
    if (page.next_position === null) break;
    page = await readEntries(context, statement, page.next_position);
  }
}

function entryRow(entry: Entry, currency: string): Row {
  return {
    ...entry,
    amount_major: majorUnits(entry.amount, currency),
    balance_after_major:
      entry.balance_after === null ? null : majorUnits(entry.balance_after, currency),
    currency,
  };
}

const cells = (row: Row) => columns.map((column) => row[column] ?? "");

function toCsv(rows: (readonly (string | number)[])[]): string {
  if (rows.length === 0) return "";
  return (
    Papa.unparse(rows as (string | number)[][], { escapeFormulae: formula, newline: "\r\n" }) +
    "\r\n"
  );
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
  const answer = await readList(context, "list_entries", {
    ...statement,
    limit: page_size,
    position,
  });
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
