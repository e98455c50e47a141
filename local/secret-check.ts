import { hash, timingSafeEqual } from "node:crypto";

/**
 * Returns a check for a secret. Digests are compared, so that the time reveals neither content nor
 * length.
 */
export function secretCheck(secret: string): (given: string) => boolean {
  const digest = digestOf(secret);
  return (given) => timingSafeEqual(digestOf(given), digest);
}

const digestOf = (text: string): Buffer => hash("sha256", text, "buffer");
