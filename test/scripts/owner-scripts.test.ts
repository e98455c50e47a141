import { describe, expect, inject, test } from "vitest";
import { runScript } from "./run-script.ts";

/**
 * Every program that asks for the owner's address, with words that would make it change or read a
 * bank.
 */
const programs: Readonly<Record<string, readonly string[]>> = {
  "migrate.ts": [],
  "create-admin.ts": ["you@example.com"],
  "verify-ledger.ts": [],
  "read-only.ts": ["on"],
  "archive-audit.ts": ["2020-01", "/dev/null"],
  "replay-dead-letters.ts": ["messages"],
  "deploy.ts": ["--url", "http://127.0.0.1:1", "--tag", "v1.2.3"],
};
const input = "a-password-of-some-length\n";

/** What psql would take from the shell: a bank that no program may touch unasked. */
function bankOfTheShell(): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(inject("postgres_url"));
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
  };
}

describe.each(Object.entries(programs))("%s", (program, words) => {
  test.each([
    ["without DATABASE_URL", {}],
    ["with an empty DATABASE_URL", { DATABASE_URL: "" }],
  ])("%s shows its usage and takes no other database", async (_name, address) => {
    const environment = { ...bankOfTheShell(), ...address };
    const { code, stdout, stderr } = await runScript(program, {
      arguments: words,
      input,
      environment,
    });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^[^\n]*DATABASE_URL[^\n]*\n$/);
  });
});

describe.each(Object.entries(programs).filter(([program]) => program !== "deploy.ts"))(
  "%s",
  (program, words) => {
    test("says in one sentence that the database is away, and shows no password", async () => {
      const environment = { DATABASE_URL: "postgresql://nobody:hidden@127.0.0.1:1/none" };
      const { code, stderr } = await runScript(program, { arguments: words, input, environment });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^The database cannot be reached: [^\n]*ECONNREFUSED[^\n]*\n$/);
      expect(stderr).not.toContain("hidden");
    });
  },
);
