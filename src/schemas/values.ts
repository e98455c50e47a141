import { z } from "@hono/zod-openapi";
import { NumberToken } from "./number-token.ts";

const integer_message = "must be an integer of minor units, written without fraction or exponent";

/** What a transfer moves: at least one minor unit, at most what every JSON reader holds exactly. */
export const Amount = z
  .int(integer_message)
  .min(1, "must be at least 1")
  .openapi({ description: "Minor units of the currency.", maximum: Number.MAX_SAFE_INTEGER, example: 12_50 });

export const OverdraftLimit = z.int(integer_message).min(0, "must be at least 0").openapi({
  description: "How far below zero the account may go, in minor units.",
  maximum: Number.MAX_SAFE_INTEGER,
  example: 0,
});

/** Any amount or balance that the API answers. */
export const Money = z.int().openapi({
  description: "Minor units of the currency.",
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  example: 100_00,
});

/** A UUID in either case, as zod's `guid` takes it. */
export const id_pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An id that a caller sends. Lower case, as it is stored, in cache keys and in cursors. */
export const Id = z
  .guid("must be a UUID")
  .toLowerCase()
  .openapi({ format: "uuid", example: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d" });

/** An id of the bank's own: UUIDv7, RFC 9562. */
export const OwnId = z.guid().openapi({ format: "uuid", example: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d" });

export const Timestamp = z
  .string()
  .openapi({ format: "date-time", description: "RFC 3339, UTC.", example: "2026-11-22T17:01:02.345678Z" });

export const Name = z
  .string()
  .min(1)
  .refine((text) => [...text].length <= 200, "must have at most 200 characters")
  .openapi({ maxLength: 200, example: "Ada Example" });

export const Description = z
  .string()
  .refine((text) => [...text].length <= 500, "must have at most 500 characters")
  .openapi({ maxLength: 500, description: "Free text, shown in the statement.", example: "Invoice 4711" });

const metadata_keys_max = 50;
const metadata_bytes_max = 8_192;
const utf8 = new TextEncoder();

/** As compact JSON. A character has at most three bytes of UTF-8 for each of its units of UTF-16. */
function fitsMetadata(metadata: object): boolean {
  const text = JSON.stringify(metadata);
  return text.length * 3 <= metadata_bytes_max || utf8.encode(text).byteLength <= metadata_bytes_max;
}

/** A number of metadata is no money: written as it likes, as long as a double holds it exactly enough to come back. */
const MetadataNumber = z.preprocess(
  (value) => (value instanceof NumberToken && Number.isSafeInteger(value.value) ? value.value : value),
  z.number(),
);

export const Metadata = z
  .record(z.string().min(1).max(40), z.union([z.string().max(500), MetadataNumber, z.boolean(), z.null()]))
  .refine((metadata) => Object.keys(metadata).length <= metadata_keys_max, "must have at most 50 members")
  .refine(fitsMetadata, "must have at most 8 KiB in all, as UTF-8")
  .openapi({
    type: "object",
    description:
      "Members of the caller's own; keys have up to 40 characters, values that are text up to 500, " +
      "and all of it has up to 8 KiB of UTF-8 as compact JSON.",
    maxProperties: metadata_keys_max,
    additionalProperties: { type: ["string", "number", "boolean", "null"] },
    example: { invoice: "4711" },
  });

/** RFC 3339 with an offset, and no finer than the microseconds in which the ledger counts. */
const date_time = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?([Zz]|[+-]\d\d:\d\d)$/;
const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59Z");

/** A point in time that a caller sends; becomes UTC with microseconds. */
export const Instant = z
  .string()
  .transform((text, issues) => {
    const [, date, time, fraction = "", offset] = date_time.exec(text) ?? [];
    const at = Date.parse(`${date ?? ""}T${time ?? ""}${offset?.toUpperCase() ?? ""}`);
    if (!(at >= earliest && at <= latest) || !isRealDate(date ?? "")) {
      issues.addIssue({
        code: "custom",
        message: "must be an RFC 3339 time with an offset, to the microsecond (a + in a URL is written %2B)",
      });
      return z.NEVER;
    }
    return new Date(at).toISOString().replace("000Z", `${fraction.padEnd(6, "0")}Z`);
  })
  .openapi({ type: "string", format: "date-time", example: "2026-11-01T00:00:00Z" });

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isRealDate(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}
