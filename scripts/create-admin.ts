import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";
import { NewCustomer } from "../src/schemas/customer.ts";
import { hashPassword } from "../src/services/passwords.ts";
import { ownerUrl, withOwner } from "./owner-connection.ts";

const usage =
  "DATABASE_URL=postgresql://owner@host/database npm run create:admin -- you@example.com";

/**
 * Creates an admin of the bank. An existing user is not changed.
 *
 * @throws {ExplainedError} when the email or the password is not acceptable, or the email is taken.
 */
export async function createAdmin(
  database_url: string,
  email: string,
  password: string,
): Promise<void> {
  const { email: accepted } = check(NewCustomer.pick({ email: true, password: true }), {
    email,
    password,
  });
  await withOwner({ database_url, application_name: "edgebank-create-admin" }, async (client) => {
    await client.query("begin");
    const { rows } = await client.query<{ role: string }>(
      "select role from bank.users where email = $1",
      [accepted],
    );
    if (rows[0] !== undefined) {
      throw new ExplainedError(
        `${accepted} is the email of an existing ${rows[0].role}: nothing was changed.`,
      );
    }
    await client.query("select bank_internal.create_admin(p_email => $1, p_password_hash => $2)", [
      accepted,
      await hashPassword(password),
    ]);
    await client.query("commit");
  });
}

/** Zod's messages contain no values, so they reveal no password. */
function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new ExplainedError(
    error.issues
      .map((issue) => `The ${issue.path.join(".")} is not acceptable: ${issue.message}.`)
      .join(" "),
  );
}

async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, "");
  const password = await askHidden("Password, of 15 characters or more: ");
  if ((await askHidden("Once more: ")) !== password)
    throw new ExplainedError("The two passwords differ.");
  return password;
}

/** Asks on the terminal and does not show what is typed. */
async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const interrupted = new AbortController();
  terminal.on("SIGINT", () => interrupted.abort());
  try {
    return await terminal.question("", { signal: interrupted.signal });
  } catch {
    throw new ExplainedError("Nothing was changed.");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

async function main([email, ...more]: readonly string[]): Promise<void> {
  const what_is_missing = `Say which database and which email: ${usage}`;
  const database_url = ownerUrl(what_is_missing);
  if (email === undefined) throw new ExplainedError(what_is_missing);
  if (more.length > 0) {
    throw new ExplainedError(
      "The password is asked for, or read from standard input. As an argument, everybody on " +
        `this machine could read it: ${usage}`,
    );
  }
  await createAdmin(database_url, email, await readPassword());
  process.stdout.write(`${email} is an admin.\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    process.exitCode = reportFailure(error);
  });
}
