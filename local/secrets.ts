import { randomBytes } from "node:crypto";

/** A new value for the Worker's secret JWT_KEYS. */
export function createJwtKeys(): string {
  const kid = `local-${randomBytes(4).toString("hex")}`;
  return JSON.stringify({ active: kid, keys: { [kid]: randomBytes(32).toString("base64url") } });
}
