import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { buildWorker } from "../local/worker/build-worker.ts";

/**
 * A larger bundle starts more slowly, because Cloudflare parses all of it before the first request.
 */
const gzip_bytes_max = 250 * 1_024;

/** Bundles the Worker as it would be deployed, without the assets of the docs. */
export async function complainOfBundleSize(): Promise<string | undefined> {
  const directory = await mkdtemp(path.join(tmpdir(), "edgebank-bundle-"));
  try {
    const bundle = await buildWorker(directory);
    const scripts = (await readdir(bundle)).filter((name) => name.endsWith(".js"));
    const texts = await Promise.all(scripts.map((name) => readFile(path.join(bundle, name))));
    const bytes = gzipSync(Buffer.concat(texts)).length;
    if (scripts.length > 0 && bytes <= gzip_bytes_max) return undefined;
    return (
      `${scripts.join(", ")}: ${String(bytes)} bytes as gzip. The limit is ` +
      `${String(gzip_bytes_max)}.\n`
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
