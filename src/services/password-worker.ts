import { z } from "zod";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";

/** Hashes passwords, wherever that is done. */
interface Passwords {
  /** The salt is 16 bytes in base64url; without one it is random. */
  hash(password: string, salt?: string): Promise<string>;
  /** Null stands for a user that does not exist: it costs the same time, and is false. */
  verify(password: string, password_hash: string | null): Promise<boolean>;
}

/**
 * The Worker that does nothing but hash, when it is bound. scrypt holds an isolate for a tenth of a second and more,
 * and with it every other request there; in a Worker of its own it holds only other logins.
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

/** The name of the host is nobody's: a service binding leads to its Worker whatever the URL says. */
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

/** The other side of `passwordsOf`. It is reached by its service binding only, because it has no route. */
export async function answerPasswords(request: Request): Promise<Response> {
  const asked: unknown = await request.json();
  switch (new URL(request.url).pathname) {
    case "/hash": {
      const { password, salt } = Hashing.parse(asked);
      return Response.json({ password_hash: await hashPassword(password, salt) });
    }
    case "/verify": {
      const { password, password_hash } = Verifying.parse(asked);
      return Response.json({ is_right: await verifyPassword(password, password_hash) });
    }
    default:
      return new Response(null, { status: 404 });
  }
}
