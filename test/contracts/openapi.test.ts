import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import package_json from "../../package.json" with { type: "json" };

type Json = Readonly<Record<string, unknown>>;

const text = readFileSync(path.join(import.meta.dirname, "../../openapi.json"), "utf8");
const document = JSON.parse(text) as { readonly info: { readonly version: string } };

/** Every object of the document with the path that leads to it. */
function* objectsIn(
  value: unknown,
  at: string,
): Generator<{ readonly at: string; readonly object: Json }> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield { at, object: value as Json };
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, `${at}/${name}`);
}

const objects = [...objectsIn(document, "#")];

test("every integer that may exceed 2^31 is an int64, and every other one has a maximum", () => {
  const integers = objects.filter(({ object }) => [object["type"]].flat().includes("integer"));
  expect(integers.length).toBeGreaterThan(15);
  const wrong = integers.filter(({ object: { format, maximum } }) => {
    if (format === "int64") return false;
    return format !== "int32" || typeof maximum !== "number" || maximum >= 2 ** 31;
  });
  expect(wrong.map(({ at }) => at)).toEqual([]);
});

test("every amount and balance is an int64", () => {
  const names =
    /^(amount|balance|held|available|overdraft_limit|captured_amount|.*_(balance|after|version)|version)$/;
  const amounts = objects.filter(
    ({ at }) => at.includes("/properties/") && names.test(at.split("/").at(-1) ?? ""),
  );
  expect(amounts.length).toBeGreaterThan(15);
  expect(amounts.filter(({ object }) => object["format"] !== "int64").map(({ at }) => at)).toEqual(
    [],
  );
});

test("openapi.json has the version of the package", () => {
  expect(document.info.version).toBe(package_json.version);
});

test("what operations have in common is in openapi.json once", () => {
  const responses = objects.filter(({ at }) =>
    /^#\/paths\/[^/]*(\/[^/]+)*\/responses\/\d+$/.test(at),
  );
  const whole = responses
    .map(({ object }) => JSON.stringify(object))
    .filter((part) => !part.startsWith('{"$ref"'));
  expect(
    whole.filter((part, index) => part.includes("problem+json") && whole.indexOf(part) !== index),
  ).toEqual([]);
});

test("every $ref of openapi.json leads somewhere", () => {
  const broken = objects
    .map(({ object }) => object["$ref"])
    .filter((reference) => typeof reference === "string")
    .filter((reference) => {
      const steps = reference.replace("#/", "").split("/");
      return (
        steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document) ===
        undefined
      );
    });
  expect(broken).toEqual([]);
});
