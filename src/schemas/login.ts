import { z } from "@hono/zod-openapi";
import { Customer } from "./customer.ts";
import { LoginEmail } from "./email.ts";
import { OwnId } from "./values.ts";

const Role = z.enum(["admin", "customer"]).openapi({ example: "customer" });

export const Credentials = z
  .strictObject({
    email: LoginEmail,
    password: z
      .string()
      .min(1)
      .max(128)
      .openapi({ format: "password", example: "correct horse battery" }),
  })
  .openapi("Credentials");

export const AccessToken = z
  .object({
    access_token: z
      .string()
      .openapi({ description: "Send it as `Authorization: Bearer <token>`." }),
    token_type: z.literal("Bearer"),
    expires_in: z.int().openapi({
      format: "int32",
      minimum: 0,
      maximum: 86_400,
      description: "Lifetime in seconds.",
      example: 900,
    }),
    role: Role,
    customer_id: OwnId.nullable(),
  })
  .openapi("AccessToken");

export const Me = z
  .object({
    id: OwnId,
    email: z
      .string()
      .nullable()
      .openapi({ description: "Null when only the identity provider knows the email." }),
    role: Role,
    customer_id: OwnId.nullable(),
    customer: z.union([Customer, z.null()]),
  })
  .openapi("Me");
