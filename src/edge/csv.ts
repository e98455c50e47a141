import { accepts } from "hono/accepts";
import type { AppContext } from "./app-env.ts";

/** Whether the caller asks for CSV rather than JSON. */
export function prefersCsv(c: AppContext): boolean {
  const supports = ["application/json", "text/csv"];
  return accepts(c, { header: "Accept", supports, default: "application/json" }) === "text/csv";
}

/** Streams CSV as a file to keep. */
export function answerCsv(c: AppContext, csv: ReadableStream<Uint8Array>, filename: string): Response {
  return c.body(csv, 200, {
    "Content-Type": "text/csv; charset=utf-8; header=present",
    "Content-Disposition": `attachment; filename="${filename}"`,
    "Cache-Control": "no-store",
  });
}
