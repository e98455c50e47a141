import { z } from "@hono/zod-openapi";
import { Count } from "./values.ts";

export const Violation = z
  .object({
    rule: z.string().openapi({ example: "entry_hash" }),
    subject: z.string().openapi({ description: "What breaks it.", example: "entry" }),
    id: z.string().nullable().openapi({ description: "Which one; null when it is no single row." }),
    expected: z.string().nullable(),
    found: z.string().nullable(),
  })
  .openapi("Violation");

export const Verification = z
  .object({
    ok: z.boolean(),
    checked: z
      .record(z.string(), Count)
      .openapi({ description: "Rows of each kind.", example: { entries: 4, accounts: 2, transfers: 2 } }),
    violations: z.array(Violation).openapi({ description: "The first 1,000 of them." }),
  })
  .openapi("Verification");

export type Verification = z.infer<typeof Verification>;
