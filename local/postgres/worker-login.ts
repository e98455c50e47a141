import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import { applyRoles } from "../../scripts/apply-roles.ts";

const scram_iterations = 4096;

interface WorkerLogin {
  readonly role: string;
  readonly password: string;
}

/**
 * Creates the login role of this data directory for the connected database. It is a member of
 * `bank_api` and of nothing else. Roles belong to the whole server. Each bank has a role of its
 * own, so that it never changes a password that the Worker of another bank uses. The same secret
 * gives the same role and password at each start.
 *
 * @returns `connection_string` as that role.
 */
export async function openWorkerLogin(
  client: Client,
  connection_string: string,
  secret: string,
): Promise<string> {
  const login = await nameLogin(client, secret);
  const role = escapeIdentifier(login.role);
  await client.query("begin");
  try {
    const { rows } = await client.query("select from pg_catalog.pg_roles where rolname = $1", [
      login.role,
    ]);
    if (rows.length === 0) await client.query(`create role ${role} login in role bank_api`);
    // Postgres gets the verifier, so the password itself is in no statement and in no log.
    await client.query(
      `alter role ${role} login password ${escapeLiteral(scramVerifier(login.password))}`,
    );
    await applyRoles(client);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
  return loginUrl(connection_string, login);
}

/** Drops the role again. */
export async function dropWorkerLogin(client: Client, secret: string): Promise<void> {
  const { role } = await nameLogin(client, secret);
  await client.query(`drop role if exists ${escapeIdentifier(role)}`);
}

async function nameLogin(client: Client, secret: string): Promise<WorkerLogin> {
  const { rows } = await client.query<{ name: string }>("select current_database() as name");
  const digest = createHash("sha256")
    .update(`${secret} ${rows[0]?.name ?? ""}`)
    .digest("hex");
  const role = `bank_api_${digest.slice(0, 16)}`;
  return { role, password: createHmac("sha256", secret).update(role).digest("base64url") };
}

function loginUrl(connection_string: string, { role, password }: WorkerLogin): string {
  const url = new URL(connection_string);
  // Query parameters of the URL would override the user and the password that are set below.
  for (const parameter of ["user", "password"]) url.searchParams.delete(parameter);
  url.username = role;
  url.password = password;
  return url.href;
}

/** What PostgreSQL stores in place of a password (RFC 5803). */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, scram_iterations, 32, "sha256");
  const client_key = createHmac("sha256", salted).update("Client Key").digest();
  const stored_key = createHash("sha256").update(client_key).digest("base64");
  const server_key = createHmac("sha256", salted).update("Server Key").digest("base64");
  const keys = `${stored_key}:${server_key}`;
  return `SCRAM-SHA-256$${String(scram_iterations)}:${salt.toString("base64")}$${keys}`;
}
