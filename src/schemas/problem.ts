import { z } from "@hono/zod-openapi";

/** RFC 9457, and what this API adds to it. Declines add `transfer_id` or `outcomes`. */
export const Problem = z
  .looseObject({
    type: z
      .string()
      .openapi({ description: "Where the code is explained.", example: "/docs/problems#not_found" }),
    title: z.string(),
    status: z.int().openapi({ format: "int32", minimum: 400, maximum: 599 }),
    detail: z.string().openapi({ description: "The title again where there is no more to say." }),
    code: z.string().openapi({ description: "What to branch on." }),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "With `validation_failed`: each wrong value." }),
    transfer_id: z.string().optional().openapi({ description: "With a decline: the declined transfer." }),
  })
  .openapi("Problem");
