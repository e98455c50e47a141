import { readFileSync } from "node:fs";
import path from "node:path";

/** An operation of openapi.json, each part that it shares with others in its place. */
export interface DescribedOperation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
  }[];
  readonly responses: Readonly<
    Record<
      string,
      | { headers?: object; content?: Record<string, { examples?: Record<string, unknown> }> }
      | undefined
    >
  >;
}

const document = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../openapi.json"), "utf8"),
) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
};

/** The value with what each `$ref` to a component but a schema points to. */
function resolve(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(resolve);
  if ("$ref" in value && !String(value.$ref).startsWith("#/components/schemas/")) {
    const steps = String(value.$ref).replace("#/", "").split("/");
    return resolve(
      steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolve(member)]));
}

export const described_operations: readonly DescribedOperation[] = Object.entries(
  document.paths,
).flatMap(([path_, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    // The document is made by src/openapi.ts.
    const described = resolve(operation) as Partial<DescribedOperation> &
      Pick<DescribedOperation, "operationId" | "responses">;
    return { parameters: [], ...described, method: method.toUpperCase(), path: path_ };
  }),
);

/**
 * The codes that an operation declares with this status, or with any, each by an example of its
 * problem.
 */
export function declaredCodes({ responses }: DescribedOperation, status?: number): string[] {
  return Object.entries(responses)
    .filter(([name]) => status === undefined || name === String(status))
    .flatMap(([, response]) =>
      Object.keys(response?.content?.["application/problem+json"]?.examples ?? {}),
    );
}
