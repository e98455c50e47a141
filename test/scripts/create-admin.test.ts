import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { verifyPassword } from "../../src/services/passwords.ts";
import { bank, createCustomer } from "../harness/api.ts";
import { runScript, type Ran } from "./run-script.ts";

const password = "a password of some length";
const newEmail = (): string => `Admin-${randomUUID()}@example.com`;

function createAdmin(words: readonly string[], input = `${password}\n`): Promise<Ran> {
  const environment = { DATABASE_URL: inject("postgres_url") };
  return runScript("create-admin.ts", { arguments: words, input, environment });
}

const usersLike = (email: string) =>
  bank.sql<{ role: string; password_hash: string }>(
    "select role, password_hash from bank.users where email = lower($1)",
    [email],
  );

test("the admin can log in with the password from standard input", async () => {
  const email = newEmail();
  expect(await createAdmin([email])).toMatchObject({ code: 0, stderr: "" });
  const [user] = await usersLike(email);
  expect(user?.role).toBe("admin");
  expect(await verifyPassword(password, user?.password_hash ?? null)).toBe(true);
});

test("a second admin with the same email is refused, and the password stays", async () => {
  const email = newEmail();
  await createAdmin([email]);
  const again = await createAdmin([email], "another password of some length\n");
  expect(again).toMatchObject({
    code: 1,
    stderr: `${email.toLowerCase()} is the email of an existing admin: nothing was changed.\n`,
  });
  expect(await verifyPassword(password, (await usersLike(email))[0]?.password_hash ?? null)).toBe(
    true,
  );
});

test("the email of a customer is refused", async () => {
  const { email } = await createCustomer();
  expect(await createAdmin([email])).toMatchObject({ code: 1, stderr: /existing customer/ });
});

test.each([
  {
    what: "a short password",
    words: [newEmail()],
    input: "short\n",
    says: /^The password is not acceptable/,
  },
  { what: "no password", words: [newEmail()], input: "", says: /^The password is not acceptable/ },
  { what: "no email", words: ["nobody"], says: /^The email is not acceptable/ },
  { what: "nothing", words: [], says: /^Say which database and which email/ },
  {
    what: "the password as an argument",
    words: [newEmail(), password],
    says: /^The password is asked for/,
  },
])(
  "$what is refused in one sentence that shows no password, and no user is created",
  async (bad) => {
    const { code, stdout, stderr } = await createAdmin(bad.words, bad.input);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(bad.says);
    expect(stderr).not.toMatch(/short|some length|^ {4}at /m);
    expect(await usersLike(bad.words[0] ?? "")).toEqual([]);
  },
);
