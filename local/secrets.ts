import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { ExplainedError } from "./explained-error.ts";

export interface Secrets {
  /** The Worker's secret JWT_KEYS. */
  readonly jwt_keys: string;
  readonly redis_rest_token: string;
  /** The name and the password of the Worker's login role are derived from it. */
  readonly database_secret: string;
}

/**
 * The secrets of this data directory. The first start makes them, in a file that only its owner can
 * read.
 */
export async function openSecrets(directory: string): Promise<Secrets> {
  const file = path.join(directory, "secrets.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) {
    const secrets: Secrets = {
      jwt_keys: createJwtKeys(),
      redis_rest_token: randomBytes(32).toString("base64url"),
      database_secret: randomBytes(32).toString("base64url"),
    };
    await writeFile(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    return secrets;
  }
  await chmod(file, 0o600);
  return parseSecrets(file, text);
}

function parseSecrets(file: string, text: string): Secrets {
  try {
    const secrets = JSON.parse(text) as Partial<Record<keyof Secrets, unknown>>;
    const { jwt_keys, redis_rest_token } = secrets;
    // A directory of an earlier version has no database secret yet. The secret has to be the same
    // at each start, and nobody may guess it.
    const database_secret = secrets.database_secret ?? jwt_keys;
    if (
      typeof jwt_keys === "string" &&
      typeof redis_rest_token === "string" &&
      typeof database_secret === "string"
    )
      return { jwt_keys, redis_rest_token, database_secret };
  } catch {
    // The file is refused below, like every file that this program did not write.
  }
  throw new ExplainedError(
    `The secrets in ${file} are not readable: delete the file to make new ones.`,
  );
}

/**
 * A new value for the Worker's secret JWT_KEYS, with one key. The prefix of its name says where it
 * comes from.
 */
export function createJwtKeys(prefix = "local"): string {
  const kid = `${prefix}-${randomBytes(4).toString("hex")}`;
  return JSON.stringify({ active: kid, keys: { [kid]: randomBytes(32).toString("base64url") } });
}
