import { answerPasswords } from "./services/password-worker.ts";

/** A Worker of its own, so that hashing a password delays nobody but other logins: see `wrangler.passwords.toml`. */
export default { fetch: answerPasswords };
