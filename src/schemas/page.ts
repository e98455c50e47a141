import { z } from "@hono/zod-openapi";

export const limit_default = 20;

/** The query parameters of every list. */
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
      description: "The number of items on a page.",
    }),
  cursor: z.string().min(1, "must not be empty").optional().openapi({
    description: "The `next_cursor` of the previous page, with the same filters. Opaque.",
  }),
};

/** The response of every list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: "The cursor of the next page. Null on the last page." }),
  });
