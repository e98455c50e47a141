import { readFile } from "node:fs/promises";
import path from "node:path";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";

/** Prints the part of CHANGELOG.md about a release: `node scripts/release-notes.ts v1.2.3`. */
async function printNotes([tag = ""]: readonly string[]): Promise<void> {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  if (version === undefined)
    throw new ExplainedError(`A release is named like v1.2.3, not "${tag}".`);
  const root = path.join(import.meta.dirname, "..");
  const manifest = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as {
    version: string;
  };
  if (manifest.version !== version) {
    throw new ExplainedError(
      `package.json has the version ${manifest.version}, but the tag is ${tag}.`,
    );
  }
  const changelog = await readFile(path.join(root, "CHANGELOG.md"), "utf8");
  const part = changelog.split(/^## /m).find((text) => text.split(/\s/, 1)[0] === version);
  if (part === undefined) throw new ExplainedError(`CHANGELOG.md has no part "## ${version}".`);
  process.stdout.write(`${part.slice(part.indexOf("\n")).trim()}\n`);
}

await printNotes(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = reportFailure(error);
});
