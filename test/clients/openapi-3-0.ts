type Json = Readonly<Record<string, unknown>>;

/**
 * The document as OpenAPI 3.0 has it, because many generators do not read 3.1 yet. Formats stay as
 * they are.
 */
export function toOpenApi30(document: Json): Json {
  // Undefined goes when this is written as JSON: 3.0 knows no webhooks.
  return { ...(withNullable(document) as Json), openapi: "3.0.3", webhooks: undefined };
}

const isNull = (schema: unknown): boolean => (schema as { type?: unknown }).type === "null";

/** 3.1 has null among the types; 3.0 has a member for it, and one type at the most. */
function withNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNullable);
  if (typeof value !== "object" || value === null) return value;
  const { type, anyOf, ...others } = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withNullable(member)]),
  );
  const rest = Array.isArray(anyOf) ? { ...withoutNull(anyOf), ...others } : others;
  if (!Array.isArray(type)) return type === undefined ? rest : { type, ...rest };
  const [first, ...more] = type.filter((name) => name !== "null");
  const nullable = type.includes("null") ? { nullable: true } : {};
  return { ...(more.length === 0 ? { type: first as unknown } : {}), ...nullable, ...rest };
}

/** A schema or null, as 3.0 has it. */
function withoutNull(schemas: readonly unknown[]): Json {
  const others = schemas.filter((schema) => !isNull(schema));
  if (others.length === schemas.length) return { anyOf: schemas };
  return { ...(others.length === 1 ? { allOf: others } : { anyOf: others }), nullable: true };
}
