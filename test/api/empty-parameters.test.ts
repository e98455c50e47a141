import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { admin, request } from "../harness/api.ts";
import { described_operations } from "../harness/openapi-document.ts";
import { expectInvalid } from "./expectations.ts";

const queries = described_operations.flatMap(({ method, path, parameters }) =>
  parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name }) => [method, path, name] as const),
);

test("there are parameters that may be left out", () => {
  expect(queries.length).toBeGreaterThan(20);
});

test.each(queries)("%s %s refuses %s when it is empty, by its name", async (method, path, name) => {
  const { token } = await admin();
  expectInvalid(
    await request(method, `${path.replace("{id}", randomUUID())}?${name}=`, { token }),
    [name],
  );
});
