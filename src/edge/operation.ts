import { createRoute, z, type RouteConfig } from "@hono/zod-openapi";
import { catalogue, type Code } from "../errors.ts";
import { IdempotencyKey } from "../schemas/idempotency-key.ts";
import { Problem } from "../schemas/problem.ts";
import { Id } from "../schemas/values.ts";
import { authorize, type Callers } from "./authorize.ts";
import { jsonBody, optionalJsonBody } from "./json-body.ts";

/** The id in a path. */
export const id_param = z.object({ id: Id.openapi({ param: { name: "id", in: "path" } }) });

/** The header of everything that moves money. */
export const idempotency_header = z.object({ "Idempotency-Key": IdempotencyKey });

export const jsonContent = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { "application/json": { schema } },
});

/** A body whose members are all optional may be left out, content type and all. */
export const optionalJsonContent = <Schema extends z.ZodType>(schema: Schema) => ({
  ...jsonContent(schema),
  required: false,
});

interface RequestParts {
  readonly params?: typeof id_param;
  readonly headers?: typeof idempotency_header;
  readonly query?: z.ZodObject;
  readonly body?: ReturnType<typeof jsonContent>;
}

interface Contract<Path extends string, Request extends RequestParts> {
  /** The name of the SQL function and of the service, in camelCase. */
  readonly id: string;
  readonly method: "get" | "post" | "patch";
  readonly path: Path;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Who may call it. There is no default. */
  readonly callers: Callers;
  readonly request: Request;
  readonly answer: {
    readonly status: 200 | 201;
    readonly description: string;
    readonly schema: z.ZodType;
    /** What else the operation can answer with, by media type. */
    readonly other_content?: Readonly<Record<string, { readonly schema: z.ZodType }>>;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** The codes of its own; those that follow from the rest of the contract are added. */
  readonly codes?: readonly Code[];
}

/** An operation's contract as a route: what it takes, who may call it, and exactly what it can answer. */
export function operation<Path extends string, Request extends RequestParts>(
  contract: Contract<Path, Request>,
) {
  const { id, tag, summary, description, method, path, callers, request } = contract;
  return createRoute({
    method,
    path,
    operationId: id,
    tags: [tag],
    summary,
    description,
    security: callers === "anyone" ? [] : [{ access_token: [] }],
    middleware: [authorize(callers), ...bodyReader(request)],
    // A query that no operation knows is refused too; the type leaves it out, for there is nothing to read in it.
    request: { query: z.strictObject({}), ...request },
    responses: describeResponses(contract),
  });
}

function bodyReader({ body }: RequestParts) {
  if (body === undefined) return [];
  return [body.required ? jsonBody : optionalJsonBody];
}

/** Without the content in the type: bodies are passed through as text, which no schema describes. */
type Responses = Record<number, RouteConfig["responses"][string]>;

function describeResponses(contract: Contract<string, RequestParts>): Responses {
  const { status, description, schema, other_content, headers } = contract.answer;
  const replayed = {
    "Idempotency-Replayed": "`true` when the key was used before: this is the answer of that time.",
  };
  const responses: Responses = {
    [status]: {
      description,
      headers: describeHeaders({ ...headers, ...(contract.request.headers === undefined ? {} : replayed) }),
      content: { "application/json": { schema }, ...other_content },
    },
  };
  if (headers !== undefined && "ETag" in headers) {
    responses[304] = { description: "The caller has it already.", headers: describeHeaders(headers) };
  }
  const codes = codesOf(contract);
  for (const problem_status of new Set(codes.map((code) => catalogue[code].status))) {
    responses[problem_status] = describeProblem(
      codes.filter((code) => catalogue[code].status === problem_status),
    );
  }
  return responses;
}

function codesOf({ callers, request, codes = [] }: Contract<string, RequestParts>): readonly Code[] {
  const all: Code[] = [
    "validation_failed",
    "rate_limited",
    "internal_error",
    "service_unavailable",
    ...codes,
  ];
  if (callers !== "anyone") all.push("unauthenticated");
  if (callers !== "anyone" && !callers.includes("customer")) all.push("forbidden");
  if (request.params !== undefined) all.push("not_found");
  if (request.body !== undefined) all.push("malformed_json", "unsupported_media_type", "payload_too_large");
  if (request.query !== undefined && "cursor" in request.query.shape) all.push("cursor_invalid");
  if (request.headers !== undefined) {
    all.push(
      "idempotency_key_required",
      "idempotency_key_invalid",
      "idempotency_key_in_use",
      "idempotency_key_reused",
    );
  }
  return (Object.keys(catalogue) as Code[]).filter((code) => all.includes(code));
}

/** The problems of one status, each code with an example. */
export function describeProblem(codes: readonly Code[]) {
  const examples = codes.map((code) => {
    const { status, title } = catalogue[code];
    const value = {
      type: `/docs/problems#${code}`,
      title,
      status,
      detail: title,
      code,
      request_id: "7f0c2a9e-4b1d",
    };
    return [code, { summary: title, value }] as const;
  });
  const may_retry = codes.some((code) => "retry_after_seconds" in catalogue[code]);
  return {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code].title}`).join(" "),
    headers: describeHeaders(may_retry ? { "Retry-After": "Seconds to wait before the next try." } : {}),
    content: {
      "application/problem+json": { schema: Problem, examples: Object.fromEntries(examples) },
    },
  };
}

function describeHeaders(descriptions: Readonly<Record<string, string>>) {
  const all = {
    "X-Request-Id": "The id of the request, in the log and in the audit events.",
    ...descriptions,
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, description]) => [
      name,
      { description, schema: { type: "string" as const } },
    ]),
  );
}
