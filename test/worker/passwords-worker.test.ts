import { expect, test } from "vitest";
import type { Env } from "../../src/env.ts";
import { answerPasswords, passwordsOf } from "../../src/services/password-calls.ts";

const bound = passwordsOf({ PASSWORDS: { fetch: answerPasswords } } as unknown as Env);
const unbound = passwordsOf({} as Env);

test("what the password Worker hashes is verified by it, and by a Worker that has none", async () => {
  const hash = await bound.hash("correct horse battery");
  expect(await bound.verify("correct horse battery", hash)).toBe(true);
  expect(await unbound.verify("correct horse battery", hash)).toBe(true);
  expect(await bound.verify("correct horse batterx", hash)).toBe(false);
  expect(await bound.verify("correct horse battery", null)).toBe(false);
});

test("a password Worker that fails is 503, and not a wrong password", async () => {
  const broken = passwordsOf({
    PASSWORDS: { fetch: () => Promise.resolve(new Response(null, { status: 500 })) },
  } as unknown as Env);
  await expect(broken.verify("correct horse battery", null)).rejects.toMatchObject({
    code: "service_unavailable",
  });
});
