import { z } from "@hono/zod-openapi";
import { catalogue, transfer_declines, type Code } from "../errors.ts";

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

const declined: readonly Code[] = [
  ...transfer_declines,
  "transfer_not_reversible",
  "reversal_exceeds_transfer",
];

/** What the document of a code has beside what every one has. */
function factsOf(code: Code): object {
  if (code === "validation_failed") return { errors: [{ path: "amount", message: "must be at least 1" }] };
  if (code === "batch_declined")
    return { outcomes: [{ status: "declined", code: "insufficient_funds" satisfies Code, transfer: null }] };
  return declined.includes(code) ? { transfer_id: "019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d" } : {};
}

/** The problem document of a code, as somebody may get it. */
export function exampleProblem(code: Code): object {
  const { status, title } = catalogue[code];
  const type = `/docs/problems#${code}`;
  return { type, title, status, detail: title, code, request_id: "7f0c2a9e-4b1d", ...factsOf(code) };
}
