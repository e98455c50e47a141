import { z } from "@hono/zod-openapi";

/** The format that `encodePosition` writes. */
export const position_pattern = /^[0-9a-f]{16}$/;

/** The request header `Bank-Position`. */
export const Position = z
  .string()
  .regex(position_pattern)
  .optional()
  .openapi({
    description:
      "The `Bank-Position` of an earlier response to a write. The list then shows what that " +
      "write did. Without it, a list from a read replica may be some seconds old. The value " +
      "is opaque. If you have several, send the greatest one, compared as text.",
    example: "00000000000f4a21",
  });

/**
 * Encodes a position of the database. All texts have the same length, so a later position is the
 * greater text.
 */
export function encodePosition(position: string): string {
  return BigInt(position).toString(16).padStart(16, "0");
}

/** Decodes a position. The text must match `position_pattern`. */
export function decodePosition(text: string): string {
  return BigInt(`0x${text}`).toString();
}
