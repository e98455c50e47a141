import { describe, expect, test } from "vitest";
import { hashPassword, verifyPassword } from "../../src/services/passwords.ts";

describe("a password", () => {
  test("is verified against its own hash, and no other is", async () => {
    const hash = await hashPassword("correct horse battery");
    expect(await verifyPassword("correct horse battery", hash)).toBe(true);
    expect(await verifyPassword("correct horse batterx", hash)).toBe(false);
    expect(await verifyPassword("", hash)).toBe(false);
  });

  test("is stored with its parameters and a salt of its own", async () => {
    const [a, b] = await Promise.all([
      hashPassword("the same password"),
      hashPassword("the same password"),
    ]);
    expect(a).toMatch(/^scrypt\$14\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
    expect(a).not.toBe(b);
  });

  test("is the same in both spellings that Unicode has for it", async () => {
    const hash = await hashPassword("Zürich ist eine Stadt");
    expect(await verifyPassword("Zu\u0308rich ist eine Stadt", hash)).toBe(true);
  });

  test.each([
    ["an unknown user", null],
    ["no hash at all", ""],
    ["another algorithm", "pbkdf2$100000$AAAAAAAAAAAAAAAAAAAAAA$AAAA"],
    ["the decoy itself", `scrypt$14$8$5$${"A".repeat(22)}$${"A".repeat(43)}`],
  ])("is false for %s", async (_case, hash) => {
    expect(await verifyPassword("correct horse battery", hash)).toBe(false);
  });

  test("whose hash asks for more than the platform gives is an error, not a guess", async () => {
    const hash = `scrypt$17$8$5$${"A".repeat(22)}$${"A".repeat(43)}`;
    await expect(verifyPassword("correct horse battery", hash)).rejects.toThrow(
      "more than the platform gives",
    );
  });

  test("costs about the same time for a user that does not exist", async () => {
    const hash = await hashPassword("correct horse battery");
    const time = async (stored: string | null): Promise<number> => {
      const started_at = performance.now();
      await verifyPassword("wrong horse battery", stored);
      return performance.now() - started_at;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 5; round++) {
      known.push(await time(hash));
      unknown.push(await time(null));
    }
    const ratio = Math.min(...unknown) / Math.min(...known);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});
