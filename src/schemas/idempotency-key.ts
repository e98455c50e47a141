import { z } from "@hono/zod-openapi";

/** Visible ASCII. A space would also show that the runtime has joined two headers with ", ". */
export const idempotency_key_pattern = /^[\x21-\x7E]{1,255}$/;

export const IdempotencyKey = z
  .string()
  .regex(idempotency_key_pattern)
  .openapi({ example: "6b1f6f0e-invoice-4711" });

/** Of what moves no money: whoever sends one means it, and nobody must. */
export const OptionalIdempotencyKey = IdempotencyKey.optional();
