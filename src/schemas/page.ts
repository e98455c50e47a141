import { z } from "@hono/zod-openapi";

export const limit_default = 20;

/** What every list takes. */
export const page_query = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, "must be an integer from 1 to 100")
    .transform(Number)
    .default(limit_default)
    .openapi({
      type: "integer",
      format: "int32",
      minimum: 1,
      maximum: 100,
      default: limit_default,
      description: "Items of a page.",
    }),
  cursor: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .openapi({ description: "The `next_cursor` of the page before, with the same filters. Opaque." }),
};

/** What every list answers. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().openapi({ description: "For the next page; null on the last one." }),
  });
