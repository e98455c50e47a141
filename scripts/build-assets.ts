import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { renderProblemsPage } from "./problems-page.ts";

const root = path.join(import.meta.dirname, "..");
// The assets of a deployment are in dist/assets. Another folder may be given.
const assets = process.argv[2] ?? path.join(root, "dist/assets");
const docs = path.join(assets, "docs");
const swagger_ui = path.dirname(
  createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"),
);

/**
 * Builds what the Worker serves as files: openapi.json, Swagger UI, and a page that explains each
 * code.
 */
async function buildAssets(): Promise<void> {
  await rm(docs, { recursive: true, force: true });
  await mkdir(docs, { recursive: true });
  for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"]) {
    await cp(path.join(swagger_ui, file), path.join(docs, file));
  }
  await cp(path.join(root, "src/docs"), docs, { recursive: true });
  await writeFile(path.join(docs, "problems.html"), renderProblemsPage());
  const description: unknown = JSON.parse(await readFile(path.join(root, "openapi.json"), "utf8"));
  await writeFile(path.join(assets, "openapi.json"), JSON.stringify(description));
}

await buildAssets();
