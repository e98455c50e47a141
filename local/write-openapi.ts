import { writeFile } from "node:fs/promises";
import path from "node:path";
import { app } from "../src/app.ts";
import { openApiDocument } from "../src/openapi.ts";

const file = path.join(import.meta.dirname, "../openapi.json");
await writeFile(file, `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
