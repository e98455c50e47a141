import { answerPasswords } from "./services/password-calls.ts";

/**
 * A separate Worker, which can run where hashing a password delays only other logins: see
 * `wrangler.passwords.toml`.
 */
export default { fetch: answerPasswords };
