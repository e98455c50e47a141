import { createHash, createHmac, pbkdf2Sync, randomBytes, scryptSync } from "node:crypto";
import { escapeLiteral, type Client } from "pg";

const scram_iterations = 4096;

/**
 * Lets the Worker's role log in with this password. Postgres is given the SCRAM verifier (RFC 5803), so the password
 * itself is in no statement and in no log.
 */
export async function setBankApiPassword(client: Client, password: string): Promise<void> {
  await client.query(`alter role bank_api with login password ${escapeLiteral(scramVerifier(password))}`);
}

/**
 * Roles belong to a whole server, not to one database: several Edgebanks beside each other on one server must agree
 * on the password. So it follows from the one that the connected client has used, wherever it found it; a server that
 * wanted none gets a random one.
 */
export function chooseBankApiPassword(client: object): string {
  const password: unknown = Reflect.get(client, "password");
  if (typeof password !== "string" || password === "") return randomBytes(32).toString("base64url");
  return scryptSync(password, "edgebank/bank_api", 32).toString("base64url");
}

/** `connection_string` as the Worker's role instead. */
export function bankApiUrl(connection_string: string, password: string): string {
  const url = new URL(connection_string);
  url.username = "bank_api";
  url.password = password;
  return url.href;
}

function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, scram_iterations, 32, "sha256");
  const client_key = createHmac("sha256", salted).update("Client Key").digest();
  const stored_key = createHash("sha256").update(client_key).digest("base64");
  const server_key = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${String(scram_iterations)}:${salt.toString("base64")}$${stored_key}:${server_key}`;
}
