import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

interface Declared {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, Declared>> }>>
    >
  >;
  readonly components: { readonly responses?: Readonly<Record<string, Declared>> };
}

const document = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../openapi.json"), "utf8"),
) as Document;

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: "openapi", components: document.components });

/** A path with parameters loses to one without: `/transfers/batch` is no id. */
const routes = Object.entries(document.paths)
  .map(([route, methods]) => ({
    methods,
    pattern: new RegExp(`^${route.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    parameters: route.split("{").length,
  }))
  .sort((one, other) => one.parameters - other.parameters);

const validators = new Map<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  let validate = validators.get(schema);
  if (validate === undefined) {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/');
    validate = ajv.compile(JSON.parse(text) as object);
    validators.set(schema, validate);
  }
  return validate;
}

export interface Answered {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  readonly status: number;
  readonly content_type: string;
  readonly text: string;
}

/**
 * What openapi.json does not say of this answer: its status, its media type, or its body. Undefined
 * when it says all of it, and of a path or a method that is no operation.
 */
export function undeclared({
  method,
  path: asked,
  status,
  content_type,
  text,
}: Answered): string | undefined {
  // As a server sees it: `/a/./b` is `/a/b`.
  const route = new URL(asked, "http://bank").pathname;
  const methods = routes.find(({ pattern }) => pattern.test(route))?.methods;
  const operation = methods?.[method.toLowerCase()];
  if (operation === undefined) return undefined;
  const given = operation.responses[String(status)];
  const declared = document.components.responses?.[given?.$ref?.split("/").at(-1) ?? ""] ?? given;
  if (declared === undefined) return `${method} ${route} declares no ${String(status)}`;
  const media_type = content_type.split(";")[0] ?? "";
  const schema = declared.content?.[media_type]?.schema;
  if (text === "" && declared.content === undefined) return undefined;
  if (schema === undefined)
    return `${method} ${route} declares no ${media_type} with ${String(status)}`;
  if (!media_type.endsWith("json")) return undefined;
  const validate = validatorOf(schema);
  return validate(JSON.parse(text))
    ? undefined
    : `${method} ${route}: ${ajv.errorsText(validate.errors)}`;
}
