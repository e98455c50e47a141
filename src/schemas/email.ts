import { z } from "@hono/zod-openapi";
import { UnstorableText } from "./number-token.ts";

const characters_max = 254;
const local_characters_max = 64;

/**
 * The HTML standard's pattern of an email input. `bank_internal.is_email` is the same rule in SQL, for those who make users
 * without this Worker; a test compares the two.
 */
const pattern =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** The email of a new user. The lower case form is the one that is stored and compared. */
export const Email = z
  .string()
  .refine(
    (text) =>
      text.length <= characters_max && text.indexOf("@") <= local_characters_max && pattern.test(text),
    "must be an email address in ASCII, with at most 64 characters before the @ and 254 in all",
  )
  .toLowerCase()
  .openapi({
    format: "email",
    maxLength: characters_max,
    description:
      "What the HTML standard takes for an email address, with at most 64 characters before the @. A domain outside " +
      "ASCII is written in its xn-- form; a local part outside ASCII is refused. It is kept in lower case.",
    example: "ada@example.com",
  });

/**
 * The email of a login: any text is an email that a user has or has not. Text that no user can have, because it is too
 * long or cannot be stored, stands for nobody.
 */
export const LoginEmail = z
  .preprocess((given) => (given instanceof UnstorableText ? "" : given), z.string())
  .transform((text) => (text.length > characters_max ? "" : text.toLowerCase()))
  .openapi({
    type: "string",
    description: "In any case. An email that no user has is answered like a wrong password.",
    example: "ada@example.com",
  });
