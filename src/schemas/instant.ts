import { z } from "@hono/zod-openapi";

/** RFC 3339 with an offset: hours to 23 (section 5.7), and as many digits of a second as the caller's clock has. */
const date_time =
  /^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59Z");
const finer_digits = "The ledger counts microseconds; a time between two of them is taken as";

/**
 * A point in time that a caller sends; becomes UTC with microseconds, the step of the ledger's clock. A finer time is cut
 * off to the microsecond before it, or, with `up`, moved on to the one after it.
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

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isRealDate(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}

/** Up to and at this time. What lies between two microseconds has happened up to the earlier one. */
export const At = instant("down").openapi({
  description: `Up to and at this time. ${finer_digits} the earlier one.`,
});

/**
 * The ends of a span. Nothing happens between two microseconds, so a finer time divides the entries just as the later
 * microsecond does: what is before it stays out of `from` and within `to`.
 */
export const span_query = {
  from: instant("up")
    .optional()
    .openapi({ description: `Inclusive. ${finer_digits} the later one.` }),
  to: instant("up")
    .optional()
    .openapi({ description: `Exclusive. ${finer_digits} the later one.` }),
};
