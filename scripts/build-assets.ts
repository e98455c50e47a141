import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { catalogue } from "../src/errors.ts";

const root = path.join(import.meta.dirname, "..");
// Where the assets of a deployment are, unless another place is named.
const docs = path.join(process.argv[2] ?? path.join(root, "dist/assets"), "docs");
const swagger_ui = path.dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** Puts together what the Worker serves under /docs: Swagger UI, and a page that explains each code. */
async function buildAssets(): Promise<void> {
  await rm(docs, { recursive: true, force: true });
  await mkdir(docs, { recursive: true });
  for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"]) {
    await cp(path.join(swagger_ui, file), path.join(docs, file));
  }
  await cp(path.join(root, "src/docs"), docs, { recursive: true });
  await writeFile(path.join(docs, "problems.html"), renderProblems());
}

/** Where the `type` of a problem document points to. Titles are plain text of our own. */
function renderProblems(): string {
  const rows = Object.entries(catalogue).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td>${String(status)}</td><td><code>${code}</code></td><td>${title}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Edgebank problems</title></head>
<body>
<h1>Problems</h1>
<p>Every error is a problem document (RFC 9457) with one of these codes.</p>
<table>
<thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
</body>
</html>
`;
}

await buildAssets();
