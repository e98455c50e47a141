import { z } from "@hono/zod-openapi";
import { Count } from "./values.ts";

const Violation = z
  .object({
    rule: z.string().openapi({ example: "entry_hash" }),
    subject: z.string().openapi({ description: "What breaks the rule.", example: "entry" }),
    id: z
      .string()
      .nullable()
      .openapi({ description: "The id of the row. Null when it is not one row." }),
    expected: z.string().nullable(),
    found: z.string().nullable(),
  })
  .openapi("Violation");

export const Verification = z
  .object({
    ok: z.boolean(),
    checked: z.record(z.string(), Count).openapi({
      description: "The number of checked rows of each kind.",
      example: { entries: 4, accounts: 2, transfers: 2 },
    }),
    violations: z.array(Violation).openapi({ description: "The first 1,000 violations." }),
  })
  .openapi("Verification");

export type Verification = z.infer<typeof Verification>;
