import { z } from "zod";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";

/** Hashes passwords, here or in another Worker. */
interface Passwords {
  /** The salt is 16 bytes in base64url. Without one it is random. */
  hash(password: string, salt?: string): Promise<string>;
  /** Null means that the user does not exist. The check takes the same time and returns false. */
  verify(password: string, password_hash: string | null): Promise<boolean>;
}

/**
 * Uses the password Worker when it is bound. scrypt blocks a thread for a tenth of a second or
 * more, and with it every other request there. The separate Worker can have a place of its own,
 * where it blocks only other logins.
 */
export function passwordsOf({ PASSWORDS }: Env): Passwords {
  if (PASSWORDS === undefined) return { hash: hashPassword, verify: verifyPassword };
  return {
    hash: async (password, salt) =>
      Hashed.parse(await ask(PASSWORDS, "hash", { password, salt })).password_hash,
    verify: async (password, password_hash) =>
      Verified.parse(await ask(PASSWORDS, "verify", { password, password_hash })).is_right,
  };
}

const Hashed = z.object({ password_hash: z.string() });
const Verified = z.object({ is_right: z.boolean() });

/** The host name does not matter: a service binding leads to its Worker whatever the URL says. */
async function ask(passwords: Fetcher, operation: string, body: object): Promise<unknown> {
  const request = new Request(`https://passwords/${operation}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const response = await passwords.fetch(request);
  if (!response.ok)
    throw new ApiError("service_unavailable", { cause: new Error("The password Worker failed.") });
  return response.json();
}

const Hashing = z.object({ password: z.string(), salt: z.string().optional() });
const Verifying = z.object({ password: z.string(), password_hash: z.string().nullable() });

/** The other side of `passwordsOf`. It has no route, so only its service binding reaches it. */
export async function answerPasswords(request: Request): Promise<Response> {
  const request_body: unknown = await request.json();
  switch (new URL(request.url).pathname) {
    case "/hash": {
      const { password, salt } = Hashing.parse(request_body);
      return Response.json({ password_hash: await hashPassword(password, salt) });
    }
    case "/verify": {
      const { password, password_hash } = Verifying.parse(request_body);
      return Response.json({ is_right: await verifyPassword(password, password_hash) });
    }
    default:
      return new Response(null, { status: 404 });
  }
}
