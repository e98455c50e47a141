import { expect, inject } from "vitest";
import { sharedBank, type AdminActor, type CustomerActor } from "./bank.ts";
import { requestAt, type ApiAnswer, type RequestOptions } from "./http.ts";
import {
  signAccessToken,
  type TokenHolder,
  type TokenOptions,
} from "../../local/sign-access-token.ts";

/** The database behind the Worker of this run. */
export const bank = sharedBank();

export type TestAdmin = AdminActor & { readonly token: string };
export type TestCustomer = CustomerActor & { readonly token: string };

/** One request to the Worker of this run. `path` begins with `/`. */
export function request(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<ApiAnswer> {
  return requestAt(inject("worker_url"), method, path, options);
}

/** The header from which the runtime of this run learns the client's address. */
export function fromAddress(address: string): Record<string, string> {
  const is_server = ["node", "deno"].includes(inject("runtime"));
  return is_server ? { "X-Forwarded-For": address } : { "CF-Connecting-IP": address };
}

/** An access token for the Worker of this run, signed as the Worker signs its own. */
export function mintToken(actor: TokenHolder, options: TokenOptions = {}): Promise<string> {
  const signing = {
    jwt_keys: inject("jwt_keys"),
    jwt_issuer: inject("jwt_issuer"),
    jwt_audience: inject("jwt_audience"),
  };
  return signAccessToken(signing, actor, options);
}

/** A new admin user with a token. */
export async function createAdmin(): Promise<TestAdmin> {
  const actor = await bank.createAdmin();
  return { ...actor, token: await mintToken(actor) };
}

const admins = new Map<string, Promise<TestAdmin>>();

/**
 * The admin of this test file: requests are limited by user, and files share a worker of the test
 * runner.
 */
export function admin(): Promise<TestAdmin> {
  const file = expect.getState().testPath ?? "";
  const admin = admins.get(file) ?? createAdmin();
  admins.set(file, admin);
  return admin;
}

export async function createCustomer(name?: string): Promise<TestCustomer> {
  const actor = await bank.createCustomer(name);
  return { ...actor, token: await mintToken(actor) };
}
