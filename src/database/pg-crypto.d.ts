/** What pg's client uses for its logins. `@types/pg` leaves it out. */
declare module "pg/lib/crypto/utils.js" {
  export function postgresMd5PasswordHash(
    user: string,
    password: string,
    salt: Uint8Array,
  ): Promise<string>;
}

declare module "pg/lib/crypto/sasl.js" {
  export interface Session {
    readonly mechanism: string;
    /** What must be sent next. */
    readonly response: string;
  }
  export function startSession(mechanisms: readonly string[]): Session;
  export function continueSession(
    session: Session,
    password: string,
    serverData: string,
  ): Promise<void>;
  export function finalizeSession(session: Session, serverData: string): void;
}
