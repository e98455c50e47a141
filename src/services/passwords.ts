import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/**
 * scrypt with 16 MiB, and the p that OWASP recommends for it. PBKDF2 is not possible: above 100,000
 * rounds it works in `wrangler dev` and fails in production. There scrypt is limited to N * r * p
 * <= 2^20.
 */
const parameters = { log2_n: 14, r: 8, p: 5 } as const;
const cost_max = 2 ** 20;
const salt_bytes = 16;
const hash_bytes = 32;

const stored = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22,86})\$([\w-]{43})$/;

/** Takes as long to check as a real hash, and no password matches it. */
const decoy = `scrypt$14$8$5$${"A".repeat(22)}$${"A".repeat(43)}`;

/**
 * `scrypt$14$8$5$salt$hash`: the parameters are stored with the hash, so that they can be raised
 * later.
 */
export async function hashPassword(
  password: string,
  salt = randomBytes(salt_bytes).toString("base64url"),
): Promise<string> {
  const { log2_n, r, p } = parameters;
  const hash = await derive(password, Buffer.from(salt, "base64url"), parameters);
  return ["scrypt", log2_n, r, p, salt, hash.toString("base64url")].join("$");
}

/** Null means that the user does not exist. The check takes the same time and returns false. */
export async function verifyPassword(
  password: string,
  password_hash: string | null,
): Promise<boolean> {
  const [, log2_n, r, p, salt, hash] = stored.exec(password_hash ?? "") ?? stored.exec(decoy) ?? [];
  if (salt === undefined || hash === undefined) return false;
  const derived = await derive(password, Buffer.from(salt, "base64url"), {
    log2_n: Number(log2_n),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(derived, Buffer.from(hash, "base64url")) && password_hash !== null;
}

interface Cost {
  readonly log2_n: number;
  readonly r: number;
  readonly p: number;
}

function derive(password: string, salt: Buffer, { log2_n, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2_n;
  if (N * r * p > cost_max)
    throw new Error("A stored password hash asks for more than the platform gives.");
  // Different keyboards may encode the same character differently.
  const text = password.normalize("NFKC");
  // These parameters with their overhead need slightly more than the default of 32 MiB.
  const options = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(text, salt, hash_bytes, options, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}
