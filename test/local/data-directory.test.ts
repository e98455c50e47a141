import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDataDirectory } from "../../local/data-directory.ts";
import { openSecrets } from "../../local/secrets.ts";
import { readSettings } from "../../local/settings.ts";

async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-data-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test("a data directory belongs to one run at a time", async () => {
  const directory = path.join(await scratchDirectory(), "made");
  const other = spawn("sleep", ["60"]);
  onTestFinished(() => void other.kill());
  const held = await openDataDirectory(directory);
  const own_mark = await readFile(path.join(directory, "lock"), "utf8");
  const started = (await readFile(`/proc/${String(other.pid)}/stat`, "utf8")).split(" ")[21] ?? "";
  await writeFile(path.join(directory, "lock"), `${String(other.pid)} ${started}`);
  await expect(openDataDirectory(directory)).rejects.toThrow(
    `Process ${String(other.pid)} runs an Edgebank in ${directory} already`,
  );
  await held.release();
  await (await openDataDirectory(directory)).release();
  expect(own_mark).toMatch(new RegExp(`^${String(process.pid)} \\d+$`));
});

test.each([
  ["of a process that is gone", "999999999 1"],
  ["of an earlier process with the number of a living one", "1 1"],
  ["without content", ""],
])("a lock %s in a data directory is taken over", async (_name, mark) => {
  const directory = await scratchDirectory();
  await writeFile(path.join(directory, "lock"), mark);
  await (await openDataDirectory(directory)).release();
});

test("a data directory that cannot be created is reported in one sentence", async () => {
  const file = path.join(await scratchDirectory(), "file");
  await writeFile(file, "");
  await expect(openDataDirectory(path.join(file, "data"))).rejects.toThrow(
    /^The data directory .* cannot be used: /,
  );
});

test("secrets are created once, and only their owner can read them", async () => {
  const directory = await scratchDirectory();
  const first = await openSecrets(directory);
  expect(await openSecrets(directory)).toEqual(first);
  expect((await stat(path.join(directory, "secrets.json"))).mode & 0o777).toBe(0o600);
  await writeFile(path.join(directory, "secrets.json"), "{}");
  await expect(openSecrets(directory)).rejects.toThrow(
    /are not readable: delete the file to make new ones/,
  );
});

test.each([
  [{ PORT: "0" }, /^PORT must be a number from 1 to 65535, not 0/],
  [{ PORT: "65536" }, /^PORT must be/],
  [{ PORT: "80a" }, /^PORT must be/],
  [{ DATABASE_URL: "mysql://a@b/c" }, /^DATABASE_URL must look like/],
  [{ DATABASE_URL: "nonsense" }, /^DATABASE_URL must look like/],
  [{ DATABASE_URL: "postgresql:///db?host=/run" }, /^DATABASE_URL must name a host/],
  [{ DATABASE_URL: "postgresql://host/db" }, /^DATABASE_URL must name the user/],
  [{ DATABASE_URL: "postgresql://user@host" }, /^DATABASE_URL must name a database/],
])("%j is refused in one sentence", (environment, sentence) => {
  expect(() => readSettings(environment)).toThrow(sentence);
});

test("without variables the settings are the defaults, and an empty variable counts as missing", () => {
  const defaults = readSettings({});
  expect(defaults).toMatchObject({ port: 8787, database_url: undefined, redis_url: undefined });
  expect(path.basename(defaults.data_directory)).toBe(".local");
  expect(
    readSettings({ PORT: "", DATABASE_URL: " ", REDIS_URL: "", EDGEBANK_DATA_DIR: "" }),
  ).toEqual(defaults);
});
