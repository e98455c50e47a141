import { z } from "@hono/zod-openapi";

/**
 * RFC 3339 with an offset: hours up to 23 (section 5.7), and any number of digits after the second.
 */
const date_time =
  /^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59Z");
const finer_digits = "The ledger's clock counts microseconds. A time between two of them means";

/**
 * A time that a caller sends. It becomes UTC with microseconds, the step of the ledger's clock. A
 * finer time is rounded down to a microsecond or, with `up`, rounded up.
 */
const instant = (finer: "down" | "up") =>
  z
    .string()
    .transform((text, issues) => {
      const at = readInstant(text, finer);
      if (at !== undefined) return at;
      issues.addIssue({
        code: "custom",
        message: "must be an RFC 3339 time with an offset (a + in a URL is written %2B)",
      });
      return z.NEVER;
    })
    .openapi({ type: "string", format: "date-time", example: "2026-11-01T00:00:00Z" });

function readInstant(text: string, finer: "down" | "up"): string | undefined {
  const [, date = "", time = "", fraction = "", offset = ""] = date_time.exec(text) ?? [];
  if (!isRealDate(date)) return undefined;
  let at = Date.parse(`${date}T${time}${offset.toUpperCase()}`);
  let microseconds = Number(fraction.slice(0, 6).padEnd(6, "0"));
  if (finer === "up" && /[1-9]/.test(fraction.slice(6))) microseconds += 1;
  if (microseconds === 1_000_000) [at, microseconds] = [at + 1_000, 0];
  if (!(at >= earliest && at <= latest)) return undefined;
  return new Date(at).toISOString().replace("000Z", `${String(microseconds).padStart(6, "0")}Z`);
}

/** `Date.parse` turns the 30th of February into the 2nd of March. */
function isRealDate(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}

/**
 * Up to and including this time. A time between two microseconds gets the answer of the earlier
 * one.
 */
export const At = instant("down").openapi({
  description: `Up to and including this time. ${finer_digits} the earlier one.`,
});

/**
 * The ends of a span. Nothing happens between two microseconds, so a finer time means the same as
 * the next microsecond: entries before it are not in `from` and are in `to`.
 */
export const span_query = {
  from: instant("up")
    .optional()
    .openapi({ description: `Inclusive. ${finer_digits} the later one.` }),
  to: instant("up")
    .optional()
    .openapi({ description: `Exclusive. ${finer_digits} the later one.` }),
};
