import { z } from "@hono/zod-openapi";
import { catalogue, transfer_declines, type Code } from "../errors.ts";

/** RFC 9457 with the members that this API adds. Declines add `transfer_id` or `outcomes`. */
export const Problem = z
  .looseObject({
    type: z.string().openapi({
      description: "The page that explains the code.",
      example: "/docs/problems#not_found",
    }),
    title: z.string(),
    status: z.int().openapi({ format: "int32", minimum: 400, maximum: 599 }),
    detail: z.string().openapi({ description: "More about this case, or the title again." }),
    code: z.string().openapi({ description: "The error code. Branch on it." }),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "With `validation_failed`: the wrong values, at most 20." }),
    transfer_id: z
      .string()
      .optional()
      .openapi({ description: "With a decline: the id of the declined transfer." }),
  })
  .openapi("Problem");

const declined: readonly Code[] = [
  ...transfer_declines,
  "transfer_not_reversible",
  "reversal_exceeds_transfer",
];

/** The additional members in the problem document of a code. */
function factsOf(code: Code): object {
  if (code === "validation_failed")
    return { errors: [{ path: "amount", message: "must be at least 1" }] };
  if (code === "batch_declined")
    return {
      outcomes: [{ status: "declined", code: "insufficient_funds" satisfies Code, transfer: null }],
    };
  return declined.includes(code) ? { transfer_id: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d" } : {};
}

/** An example of a code's problem document. */
export function exampleProblem(code: Code): object {
  const { status, title } = catalogue[code];
  const type = `/docs/problems#${code}`;
  return {
    type,
    title,
    status,
    detail: title,
    code,
    request_id: "7f0c2a9e-4b1d",
    ...factsOf(code),
  };
}
