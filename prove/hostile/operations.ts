import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { HostileBank, Holder } from "./hostile-bank.ts";

/** The part of JSON Schema that openapi.json uses for requests. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly example?: unknown;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Described {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: { readonly "application/json": { readonly schema: Schema } };
  };
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly is_protected: boolean;
  readonly needs_key: boolean;
  readonly query: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly needs_body: boolean;
}

const document = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../openapi.json"), "utf8"),
) as {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> };
};

export function resolve(schema: Schema): Schema {
  return document.components.schemas[nameOf(schema)] ?? schema;
}

const resolveParameter = (parameter: Parameter): Parameter =>
  document.components.parameters[nameOf(parameter)] ?? parameter;

const nameOf = ({ $ref }: { readonly $ref?: string }): string => $ref?.split("/").at(-1) ?? "";

/** Every operation under /v1 that openapi.json describes. */
export const operations: readonly Operation[] = Object.entries(document.paths)
  .filter(([route]) => route.startsWith("/v1/"))
  .flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const { operationId: id, security = [], requestBody } = described;
      const parameters = (described.parameters ?? []).map(resolveParameter);
      const key = parameters.find(({ name }) => name === "Idempotency-Key");
      return {
        id,
        method: method.toUpperCase(),
        path: route,
        is_protected: security.length > 0,
        needs_key: key?.required === true,
        query: parameters.filter((parameter) => parameter.in === "query"),
        needs_body: requestBody?.required === true,
        body: requestBody && resolve(requestBody.content["application/json"].schema),
      };
    }),
  );

/** The path of an operation on something that belongs to this person. */
export function pathOf({ path: route }: Operation, holder: Holder): string {
  const ids: Readonly<Record<string, string>> = {
    customers: holder.customer_id,
    accounts: holder.account_id,
    transfers: holder.transfer_id,
    holds: holder.hold_id,
  };
  return route.replace("{id}", ids[route.split("/")[2] ?? ""] ?? randomUUID());
}

/** A valid body of the operation: the examples of its schema, with Ada's ids. */
export function validBody(schema: Schema, target: HostileBank): unknown {
  const { ada } = target;
  const ids: Readonly<Record<string, unknown>> = {
    debit_account_id: ada.account_id,
    credit_account_id: ada.second_account_id,
    customer_id: ada.customer_id,
    amount: 1,
    status: "active",
    metadata: { invoice: "4711" },
  };
  const { type, properties = {}, items, example } = resolve(schema);
  if (type === "array") return [validBody(items ?? {}, target)];
  if (type === "boolean") return false;
  if (type !== "object") return example ?? 1;
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      ids[name] ?? validBody(property, target),
    ]),
  );
}

/** A new key for an operation that writes. */
export const newKey = (): Record<string, string> => ({ "Idempotency-Key": randomUUID() });
