import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { toOpenApi30 } from "./openapi-3-0.ts";

const run = promisify(execFile);

const generator = path.join(
  import.meta.dirname,
  "../../node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar",
);

/**
 * Where Debian's packages have the sources of Go libraries. The client needs golang.org/x/oauth2.
 */
const debian_gopath = "/usr/share/gocode";

/**
 * Generates a Go client of an OpenAPI document, and compiles `move-money.go` with it. Returns the
 * program's path. Throws what the compiler says.
 */
export async function buildGoProgram(document: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = await mkdtemp(path.join(inject("directory"), "go-client-"));
  const client = path.join(directory, "src/edgebank");
  const input = path.join(directory, "openapi-3.0.json");
  await mkdir(client, { recursive: true });
  await writeFile(input, JSON.stringify(toOpenApi30(document)));
  // The client makes an Account with NewAccount(), and the schema NewAccount wants that name too:
  // hence the prefix.
  const names = ["--package-name", "edgebank", "--model-name-prefix", "Bank"];
  await run("java", [
    "-jar",
    generator,
    "generate",
    "-i",
    input,
    "-g",
    "go-experimental",
    "-o",
    client,
    ...names,
  ]);
  const program = path.join(directory, "move-money");
  await run("go", ["build", "-o", program, path.join(import.meta.dirname, "move-money.go")], {
    env: {
      ...process.env,
      GOPATH: [directory, debian_gopath].join(path.delimiter),
      GOCACHE: path.join(inject("directory"), "go-cache"),
      // Nothing is downloaded, and no C compiler is needed.
      GO111MODULE: "off",
      GOFLAGS: "",
      CGO_ENABLED: "0",
    },
  });
  return program;
}
