import { z } from "@hono/zod-openapi";
import { UnstorableText } from "./number-token.ts";

const characters_max = 254;
const local_characters_max = 64;

/**
 * The pattern of an email input in the HTML standard. `bank_internal.is_email` is the same rule in
 * SQL, for users that are created without this Worker. A test compares the two.
 */
const pattern =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** The email of a new user. It is stored and compared in lower case. */
export const Email = z
  .string()
  .refine(
    (text) =>
      text.length <= characters_max &&
      text.indexOf("@") <= local_characters_max &&
      pattern.test(text),
    "must be an email address in ASCII, with at most 64 characters before the @ and 254 in all",
  )
  .toLowerCase()
  .openapi({
    format: "email",
    maxLength: characters_max,
    description:
      "An email address as the HTML standard defines it, with at most 64 characters before " +
      "the @. Write a domain outside ASCII in its xn-- form. A local part outside ASCII is " +
      "refused. The email is stored in lower case.",
    example: "ada@example.com",
  });

/**
 * The email of a login. Any text is allowed: either a user has it or not. Text that is too long or
 * cannot be stored becomes the empty text, which no user has.
 */
export const LoginEmail = z
  .preprocess((given) => (given instanceof UnstorableText ? "" : given), z.string())
  .transform((text) => (text.length > characters_max ? "" : text.toLowerCase()))
  .openapi({
    type: "string",
    description:
      "In upper or lower case. An unknown email gets the same answer as a wrong password.",
    example: "ada@example.com",
  });
