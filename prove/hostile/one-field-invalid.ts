import type { HostileBank } from "./hostile-bank.ts";
import type { Judge, Probe, ProbeAnswer } from "./judge.ts";
import {
  newKey,
  operations,
  pathOf,
  resolve,
  validBody,
  type Operation,
  type Schema,
} from "./operations.ts";
import {
  assigned,
  membersText,
  unknown_queries,
  wrong_by_format,
  wrong_by_type,
  wrong_currencies,
  wrong_metadata,
  wrong_queries,
} from "./wrong-values.ts";

/** JSON texts that this schema must not accept. */
function wrongTexts(given: Schema): string[] {
  const schema = resolve(given);
  const types = Array.isArray(schema.type) ? (schema.type as string[]) : [String(schema.type)];
  const of_types = types.flatMap((type) => wrong_by_type[type] ?? []);
  const texts = (name: keyof Schema, make: (limit: number) => string): string[] => {
    const limit = schema[name];
    return typeof limit === "number" ? [make(limit)] : [];
  };
  return [
    ...of_types,
    ...texts("maxLength", (limit) => JSON.stringify("x".repeat(limit + 1))),
    ...texts("minLength", (limit) => JSON.stringify("x".repeat(limit - 1))),
    ...texts("minimum", (limit) => String(limit - 1)),
    ...texts("maximum", (limit) => String(BigInt(limit) + 1n)),
    ...texts("maxProperties", (limit) => membersText(limit + 1)),
    ...(schema.enum === undefined
      ? []
      : ['""', '"nonsense"', JSON.stringify(`${schema.enum[0] ?? ""} `)]),
    ...(schema.pattern === "^[A-Z]{3}$" ? wrong_currencies : []),
    ...(wrong_by_format[schema.format ?? ""] ?? []),
    ...(typeof schema.additionalProperties === "object" ? wrong_metadata : []),
  ];
}

const marker = "8a0d0a72-the-wrong-value";

/**
 * The body as text, with one value replaced by any JSON text. JavaScript may not be able to
 * represent that text.
 */
function withText(body: unknown, place: readonly string[], text: string): string {
  const copy = structuredClone(body) as Record<string, unknown>;
  const last = place.at(-1) ?? "";
  const parent = place
    .slice(0, -1)
    .reduce((value, key) => value[key] as Record<string, unknown>, copy);
  parent[last] = marker;
  return JSON.stringify(copy).replace(`"${marker}"`, () => text);
}

interface Wrong {
  readonly place: readonly string[];
  readonly text: string;
}

/**
 * Each place of a body with each wrong value, each required member left out, and unknown members
 * added.
 */
function* wrongBodies(
  schema: Schema,
  body: unknown,
  place: readonly string[] = [],
): Generator<Wrong> {
  const { properties = {}, required = [], items } = resolve(schema);
  if (place.length > 0) for (const text of wrongTexts(schema)) yield { place, text };
  for (const [name, property] of Object.entries(properties)) {
    yield* wrongBodies(property, body, [...place, name]);
    if (required.includes(name)) yield { place: [...place, name], text: "" };
  }
  if (items !== undefined) yield* wrongBodies(items, body, [...place, "0"]);
  if (Object.keys(properties).length > 0 || place.length === 0)
    for (const name of assigned) yield { place: [...place, name], text: "1" };
}

export function* bodiesWithOneWrongField(
  target: HostileBank,
): Generator<Probe & { readonly place: string }> {
  for (const operation of operations) {
    if (operation.body === undefined) continue;
    const body = validBody(operation.body, target);
    const probe = {
      method: operation.method,
      path: pathOf(operation, target.ada),
      token: operation.is_protected ? target.admin.token : "",
      sees_everything: true,
      // A login does not say that an email is malformed.
      expected: [
        "validation_failed",
        "malformed_json",
        ...(operation.is_protected ? [] : ["invalid_credentials"]),
      ],
    };
    for (const { place, text } of wrongBodies(operation.body, body)) {
      yield {
        ...probe,
        headers: newKey(),
        what: `${operation.id} with ${place.join(".")} = ${text.slice(0, 40)}`,
        place: place.join("."),
        body: text === "" ? without(body, place) : withText(body, place, text),
      };
    }
    for (const text of ["null", "1", "true", '"x"', "[]", "[{}]"])
      yield {
        ...probe,
        headers: newKey(),
        what: `${operation.id} of ${text}`,
        place: "",
        body: text,
      };
  }
}

function without(body: unknown, place: readonly string[]): string {
  return withText(body, place, marker)
    .replace(new RegExp(`"[^"]*":${marker},?`), "")
    .replace(",}", "}");
}

/** The refusal names only the wrong place. So the rest of the request was right. */
export function lookAtPlace(judge: Judge): (probe: Probe, answer: ProbeAnswer) => void {
  return (probe, answer) => {
    const { place = "" } = probe as { place?: string };
    const errors = (answer.body?.["errors"] ?? []) as readonly { readonly path: string }[];
    const names_it = errors.every(
      ({ path }) => path === "" || path === place || path.startsWith(`${place}.`),
    );
    if (!names_it || (errors.length === 0 && answer.status === 422))
      judge.complain(probe, "the wrong place is named", answer);
  };
}

export function* queriesWithOneWrongField(target: HostileBank): Generator<Probe> {
  for (const operation of operations) {
    const path = pathOf(operation, target.ada);
    const probe = {
      method: operation.method,
      token: target.admin.token,
      sees_everything: true,
      expected: ["validation_failed", "cursor_invalid"],
    };
    const body = operation.body && JSON.stringify(validBody(operation.body, target));
    const queries = [
      ...unknown_queries,
      ...operation.query.flatMap((parameter) => wrongQueries(parameter.name, parameter.schema)),
    ];
    for (const query of queries) {
      const rest = body === undefined ? {} : { headers: newKey(), body };
      yield {
        ...probe,
        ...rest,
        what: `${operation.id}?${query.slice(0, 60)}`,
        path: `${path}?${query}`,
      };
    }
  }
}

function wrongQueries(name: string, schema: Schema): string[] {
  const kind =
    name === "cursor"
      ? "cursor"
      : schema.enum
        ? "enum"
        : schema.pattern
          ? "pattern"
          : (schema.format ?? String(schema.type));
  return (wrong_queries[kind] ?? []).map((value) => `${name}=${value}`);
}

/** An operation that moves money needs a key, and every write refuses a malformed one. */
export function* wrongKeys(target: HostileBank): Generator<Probe> {
  const keys = ["", " ", "a b", "a, b", "x".repeat(256), "\u00e4", "\u00ff\u00fe"];
  const writes = operations.filter(({ method, is_protected }) => method !== "GET" && is_protected);
  for (const operation of writes) {
    const probe = probeOf(operation, target);
    for (const key of keys) {
      yield {
        ...probe,
        what: `${operation.id} with the key ${key.slice(0, 20)}`,
        headers: { "Idempotency-Key": key },
        expected: ["idempotency_key_invalid"],
      };
    }
    yield {
      ...probe,
      what: "two keys",
      headers: { "Idempotency-Key": ["a", "b"] },
      expected: ["idempotency_key_invalid"],
    };
    if (operation.needs_key)
      yield { ...probe, what: "no key", expected: ["idempotency_key_required"] };
  }
}

function probeOf(operation: Operation, target: HostileBank) {
  return {
    method: operation.method,
    path: pathOf(operation, target.ada),
    token: target.admin.token,
    sees_everything: true,
    ...(operation.body === undefined
      ? {}
      : { body: JSON.stringify(validBody(operation.body, target)) }),
  };
}
