import { serialize } from "pg-protocol";
import type { BackendMessage } from "pg-protocol/dist/messages.js";
import type { Session } from "pg/lib/crypto/sasl.js";

/**
 * Answers a server that asks for a password, with pg's own functions. They are loaded only when one
 * asks. The pool of `npm start` does not.
 */
export class PasswordLogin {
  readonly #user: string;
  readonly #password: string;
  #session: Session | undefined;

  constructor(user: string, password: string) {
    this.#user = user;
    this.#password = password;
  }

  /** Undefined for a message that wants no reply. Throws when the two cannot agree. */
  async replyTo(message: BackendMessage): Promise<Uint8Array | undefined> {
    switch (message.name) {
      case "authenticationCleartextPassword":
        return serialize.password(this.#password);
      case "authenticationMD5Password": {
        const { postgresMd5PasswordHash } = await import("pg/lib/crypto/utils.js");
        const { salt } = message as Md5Message;
        return serialize.password(await postgresMd5PasswordHash(this.#user, this.#password, salt));
      }
      case "authenticationSASL":
      case "authenticationSASLContinue":
      case "authenticationSASLFinal":
        return this.#replyToSasl(message as SaslMessage);
      default:
        return undefined;
    }
  }

  async #replyToSasl(message: SaslMessage): Promise<Uint8Array | undefined> {
    const sasl = await import("pg/lib/crypto/sasl.js");
    if (message.name === "authenticationSASL") {
      this.#session = sasl.startSession(message.mechanisms);
      const { mechanism, response } = this.#session;
      return serialize.sendSASLInitialResponseMessage(mechanism, response);
    }
    if (this.#session === undefined) throw new Error("Postgres skipped a step of the login.");
    if (message.name === "authenticationSASLFinal") {
      sasl.finalizeSession(this.#session, message.data);
      return undefined;
    }
    await sasl.continueSession(this.#session, this.#password, message.data);
    return serialize.sendSCRAMClientFinalMessage(this.#session.response);
  }
}

type Md5Message = BackendMessage & { readonly salt: Uint8Array };

/** pg-protocol declares no types for these. */
type SaslMessage =
  | (BackendMessage & { readonly name: "authenticationSASL"; readonly mechanisms: string[] })
  | (BackendMessage & {
      readonly name: "authenticationSASLContinue" | "authenticationSASLFinal";
      readonly data: string;
    });
