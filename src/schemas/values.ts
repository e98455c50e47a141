import { z } from "@hono/zod-openapi";

const integer_message = "must be an integer in minor units, written without fraction or exponent";

/**
 * Without the format, code generators for Java, Go and C# choose 32 bits, and 21,474,836.48 USD
 * breaks their clients.
 */
const exact_integer = { format: "int64", maximum: Number.MAX_SAFE_INTEGER } as const;

/** A number of things or events. */
export const Count = z.int().openapi({ ...exact_integer, minimum: 0 });

/**
 * The amount of a transfer: at least one minor unit, and at most what every JSON reader can hold
 * exactly.
 */
export const Amount = z
  .int(integer_message)
  .min(1, "must be at least 1")
  .openapi({ ...exact_integer, description: "Minor units of the currency.", example: 12_50 });

export const OverdraftLimit = z
  .int(integer_message)
  .min(0, "must be at least 0")
  .openapi({
    ...exact_integer,
    description: "How far below zero the account may go, in minor units.",
    example: 0,
  });

/** An amount or balance in a response. */
export const Money = z.int().openapi({
  ...exact_integer,
  description: "Minor units of the currency.",
  minimum: Number.MIN_SAFE_INTEGER,
  example: 100_00,
});

/** A UUID in upper or lower case, as zod's `guid` accepts it. */
export const id_pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * An id that a caller sends. It becomes lower case, as ids are stored, in cache keys and in
 * cursors.
 */
export const Id = z
  .guid("must be a UUID")
  .toLowerCase()
  .openapi({ format: "uuid", example: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d" });

/** An id that the bank made: UUIDv7 (RFC 9562). */
export const OwnId = z
  .guid()
  .openapi({ format: "uuid", example: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d" });

export const Timestamp = z.string().openapi({
  format: "date-time",
  description: "RFC 3339, UTC.",
  example: "2026-11-22T17:01:02.345678Z",
});

const metadata_keys_max = 50;
const metadata_bytes_max = 8_192;
const utf8 = new TextEncoder();

/**
 * Measures compact JSON. A UTF-16 unit takes at most three bytes in UTF-8, so short text needs no
 * encoding.
 */
function fitsMetadata(metadata: object): boolean {
  const text = JSON.stringify(metadata);
  return (
    text.length * 3 <= metadata_bytes_max || utf8.encode(text).byteLength <= metadata_bytes_max
  );
}

export const Metadata = z
  .record(
    z.string().min(1).max(40),
    z.union([z.string().max(500), z.number(), z.boolean(), z.null()]),
  )
  .refine(
    (metadata) => Object.keys(metadata).length <= metadata_keys_max,
    "must have at most 50 members",
  )
  .refine(fitsMetadata, "must have at most 8 KiB in all, as UTF-8")
  .openapi({
    type: "object",
    description:
      "The caller's own data. A key has at most 40 characters, a text value at most 500, and " +
      "everything together at most 8 KiB of UTF-8 as compact JSON. A number is returned " +
      "exactly as it was written, so it must have plain digits, with or without a fraction, " +
      "and no more digits than a double can hold. Write any other number as text.",
    maxProperties: metadata_keys_max,
    additionalProperties: { type: ["string", "number", "boolean", "null"] },
    example: { invoice: "4711" },
  });
