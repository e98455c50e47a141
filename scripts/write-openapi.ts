import { writeFile } from "node:fs/promises";
import path from "node:path";
import { openApiDocument } from "../src/openapi.ts";

const file = path.join(import.meta.dirname, "../openapi.json");
await writeFile(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
