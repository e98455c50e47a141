import { answerPasswords } from "./services/password-calls.ts";

/**
 * A separate Worker, so that hashing a password delays only other logins: see
 * `wrangler.passwords.toml`.
 */
export default { fetch: answerPasswords };
