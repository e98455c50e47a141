import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { app } from "../../src/app.ts";

const document = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../openapi.json"), "utf8"),
) as {
  paths: Record<string, Record<string, unknown>>;
};

const described = Object.entries(document.paths).flatMap(([route, methods]) =>
  Object.keys(methods).map(
    (method) => `${method.toUpperCase()} ${route.replaceAll(/\{(\w+)\}/g, ":$1")}`,
  ),
);

/** The description itself, and the pages that show it. */
const not_described = new Set(["GET /", "GET /docs", "GET /docs/*", "GET /openapi.json"]);

test("the router serves what openapi.json describes, and nothing else", () => {
  const served = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path: route }) => `${method} ${route}`)
    .filter((route) => !not_described.has(route));
  expect(served.sort()).toEqual(described.sort());
});

test("only the frame of a request answers every method", () => {
  const everywhere = app.routes.filter(({ method }) => method === "ALL").map((route) => route.path);
  expect(new Set(everywhere)).toEqual(new Set(["/*"]));
});
