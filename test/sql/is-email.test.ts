import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Email } from "../../src/schemas/email.ts";
import { sharedBank } from "../harness/bank.ts";
import { refusal } from "./refusals.ts";

const bank = sharedBank();
const isEmail = (email: string): Promise<boolean | null> =>
  bank.value("select bank_internal.is_email($1)", [email]);

const symbols = Array.from(".!#$%&'*+/=?^_`{|}~-", (symbol) => `a${symbol}b@example.com`);
const label = "a".repeat(63);

const accepted = [
  ...symbols,
  "a@b",
  "A@EXAMPLE.COM",
  ".a.@example.com",
  "user@example.xn--p1ai",
  "user@1.2.3.4",
  "a@a--b.c",
  `${"a".repeat(64)}@example.com`,
  `a@${label}.com`,
  `a@${label}.${label}.${label}.${"a".repeat(60)}`,
];

const refused = [
  ...Array.from(' ()<>[]:;@\\,"', (symbol) => `a${symbol}b@example.com`),
  "",
  "a",
  "@",
  "a@",
  "@b",
  "a@b.",
  "a@.b",
  "a@b..c",
  "a@-b",
  "a@b-",
  "a@b_c",
  "a@b\n",
  "\na@b",
  "a@b\nc@d",
  "a@b@c",
  "é@example.com",
  "user@exämple.com",
  "user@пример.рф",
  "a@example.com\u212a",
  "a@[127.0.0.1]",
  '"a b"@example.com',
  `${"a".repeat(65)}@example.com`,
  `a@${label}a.com`,
  `a@${label}.${label}.${label}.${"a".repeat(61)}`,
];

describe("an email is one for the Worker and for the database alike", () => {
  test.each(accepted)("%s", async (email) => {
    expect(Email.safeParse(email)).toMatchObject({ success: true, data: email.toLowerCase() });
    expect(await isEmail(email)).toBe(true);
  });

  test.each(refused)("not %j", async (email) => {
    expect(Email.safeParse(email).success).toBe(false);
    expect(await isEmail(email)).toBe(false);
  });

  test("for each character of Latin-1, before the @ and after it", async () => {
    const emails = Array.from({ length: 255 }, (_, index) =>
      String.fromCodePoint(index + 1),
    ).flatMap((character) => [`a${character}a@example.com`, `a@a${character}a.com`]);
    const rows = await bank.sql<{ email: string }>(
      "select email from unnest($1::text[]) as email where bank_internal.is_email(email)",
      [emails],
    );
    expect(rows.map(({ email }) => email)).toEqual(
      emails.filter((email) => Email.safeParse(email).success),
    );
    expect(rows).toHaveLength(62 * 2 + 20 + 2);
  });
});

test("an admin has an email that a login takes, or is not made", async () => {
  const create = (email: string | null): Promise<string> =>
    bank.value("select bank_internal.create_admin($1, 'hash')", [email]);
  const email = `Ops+${randomUUID()}@Example.xn--p1ai`;
  const user_id = await create(email);
  expect(await create(email)).toBe(user_id);
  expect((await bank.call("get_login", { p_email: email })).body).toMatchObject({
    user_id,
    role: "admin",
  });
  for (const bad of ["ops", "ops@exämple.com", null])
    expect(await refusal(create(bad))).toMatchObject({ code: "validation_failed" });
});
