import { z } from "@hono/zod-openapi";

/** As `encodePosition` writes it. */
export const position_pattern = /^[0-9a-f]{16}$/;

/** The header `Bank-Position` of a request. */
export const Position = z
  .string()
  .regex(position_pattern)
  .optional()
  .openapi({
    description:
      "The `Bank-Position` of an earlier answer: what that write did is in this answer. Without it a list may be some " +
      "seconds old where it comes from a read replica. It is opaque; of several send the greatest, as text.",
    example: "00000000000f4a21",
  });

/** A position of the database as callers see it: of one length, so that a later one is the greater text. */
export function encodePosition(position: string): string {
  return BigInt(position).toString(16).padStart(16, "0");
}

/** The position of the database. The text must be one of `encodePosition`. */
export function decodePosition(text: string): string {
  return BigInt(`0x${text}`).toString();
}
