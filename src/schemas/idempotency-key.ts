import { z } from "@hono/zod-openapi";

/** Visible ASCII. A space would also show that the runtime has joined two headers with ", ". */
export const idempotency_key_pattern = /^[\x21-\x7E]{1,255}$/;

export const IdempotencyKey = z
  .string()
  .regex(idempotency_key_pattern)
  .openapi({ example: "6b1f6f0e-invoice-4711" });

/** For writes that move no money: the key is optional, and honoured when it is sent. */
export const OptionalIdempotencyKey = IdempotencyKey.optional();
