import { accepts } from "hono/accepts";
import type { AppContext } from "./app-env.ts";

/** Whether the caller prefers CSV to JSON. */
export function prefersCsv(c: AppContext): boolean {
  const supports = ["application/json", "text/csv"];
  return accepts(c, { header: "Accept", supports, default: "application/json" }) === "text/csv";
}

/** Streams CSV as a download. Headers without a value are left out. */
export function answerCsv(
  c: AppContext,
  csv: ReadableStream<Uint8Array>,
  filename: string,
  headers: Readonly<Record<string, string | undefined>> = {},
): Response {
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) c.header(name, value);
  return c.body(csv, 200, {
    "Content-Type": "text/csv; charset=utf-8; header=present",
    "Content-Disposition": `attachment; filename="${filename}"`,
    "Cache-Control": "no-store",
  });
}
