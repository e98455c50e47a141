import { z, type RouteConfig } from "@hono/zod-openapi";
import { catalogue, type Code } from "../errors.ts";
import { OptionalIdempotencyKey } from "../schemas/idempotency-key.ts";
import { Position } from "../schemas/position.ts";
import { exampleProblem, Problem } from "../schemas/problem.ts";
import { Id } from "../schemas/values.ts";
import { isConditional, type Contract, type RequestParts } from "./operation.ts";

const id_param = z.object({ id: Id.openapi({ param: { name: "id", in: "path" } }) });

const precondition_headers = {
  "If-Match": z
    .string()
    .optional()
    .openapi({ description: "`*`, or a list of ETags: the resource must have one of them." }),
  "If-None-Match": z
    .string()
    .optional()
    .openapi({ description: "`*`, or a list of ETags: the resource must have none of them." }),
  "If-Unmodified-Since": z.string().optional().openapi({
    description:
      "An HTTP date. The resource must not have changed after it. Ignored when `If-Match` is sent.",
  }),
};

/**
 * Describes an operation for OpenAPI: what it accepts, who may call it, and exactly which answers
 * it can give.
 */
export function describeOperation(contract: Contract<RequestParts>): RouteConfig {
  const { id, tag, summary, description, method, path, callers, request } = contract;
  return {
    method,
    path: `/v1${path}`,
    operationId: id,
    tags: [tag],
    summary,
    description,
    security: callers === "anyone" ? [] : [{ access_token: [] }],
    request: {
      query: request.query ?? z.strictObject({}),
      ...(request.id === undefined ? {} : { params: id_param }),
      headers: describeRequestHeaders(contract),
      ...(request.body === undefined ? {} : { body: describeBody(request.body) }),
    },
    responses: describeResponses(contract),
  };
}

/** Preconditions on a list are checked but not described, because a list has no ETag. */
function describeRequestHeaders(contract: Contract<RequestParts>): z.ZodObject {
  const { idempotency_key, position } = contract.request;
  return z.object({
    ...(idempotency_key === undefined ? {} : { "Idempotency-Key": idempotency_key }),
    ...(isConditional(contract) ? precondition_headers : {}),
    ...(position === undefined ? {} : { "Bank-Position": Position }),
  });
}

function describeBody({ required, schema }: NonNullable<RequestParts["body"]>) {
  return { required, content: { "application/json": { schema } } };
}

function describeResponses(contract: Contract<RequestParts>): RouteConfig["responses"] {
  const { status, description, schema, other_content, has_etag = false, headers } = contract.answer;
  const etag = { ETag: "A strong ETag (RFC 9110). It changes whenever the response body changes." };
  const replayed = {
    "Idempotency-Replayed":
      "`true` when the key was used before: this is the response to the first request.",
  };
  const written = {
    "Bank-Position":
      "The position of this write. Send it with a request for a " +
      "list, and the list shows the write.",
  };
  const is_write = contract.method !== "get" && contract.callers !== "anyone";
  const responses: RouteConfig["responses"] = {
    [status]: {
      description,
      headers: describeHeaders({
        ...headers,
        ...(has_etag ? etag : {}),
        ...(is_write ? written : {}),
        ...(contract.request.idempotency_key === undefined ? {} : replayed),
      }),
      content: { "application/json": { schema }, ...other_content },
    },
  };
  if (has_etag && contract.method === "get") {
    responses[304] = {
      description: "The caller already has the current body.",
      headers: describeHeaders(etag),
    };
  }
  const codes = codesOf(contract);
  for (const problem_status of new Set(codes.map((code) => catalogue[code].status))) {
    responses[problem_status] = describeProblem(
      codes.filter((code) => catalogue[code].status === problem_status),
    );
  }
  return responses;
}

function codesOf({
  method,
  callers,
  request,
  codes = [],
}: Contract<RequestParts>): readonly Code[] {
  const all: Code[] = [
    "validation_failed",
    "precondition_failed",
    "rate_limited",
    "internal_error",
    "service_unavailable",
    ...codes,
  ];
  if (callers !== "anyone") all.push("unauthenticated");
  // Every operation other than GET changes the ledger, except the login.
  if (callers !== "anyone" && method !== "get") all.push("read_only");
  if (callers !== "anyone" && !callers.includes("customer")) all.push("forbidden");
  if (request.id !== undefined) all.push("not_found");
  if (request.body !== undefined)
    all.push("malformed_json", "unsupported_media_type", "payload_too_large");
  if (request.position !== undefined) all.push("position_invalid");
  if (request.query !== undefined && "cursor" in request.query.shape) all.push("cursor_invalid");
  if (request.idempotency_key !== undefined) {
    all.push("idempotency_key_invalid", "idempotency_key_in_use", "idempotency_key_reused");
    if (request.idempotency_key !== OptionalIdempotencyKey) all.push("idempotency_key_required");
  }
  return (Object.keys(catalogue) as Code[]).filter((code) => all.includes(code));
}

/** Describes the problems of one status, each code with an example. */
export function describeProblem(codes: readonly Code[]) {
  const examples = Object.fromEntries(
    codes.map(
      (code) => [code, { summary: catalogue[code].title, value: exampleProblem(code) }] as const,
    ),
  );
  const may_retry = codes.some((code) => "retry_after_seconds" in catalogue[code]);
  return {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code].title}`).join(" "),
    headers: describeHeaders(
      may_retry ? { "Retry-After": "Seconds to wait before the next attempt." } : {},
    ),
    content: {
      "application/problem+json": { schema: Problem, examples },
    },
  };
}

/** Describes the headers of a response, including the header that every response has. */
export function describeHeaders(descriptions: Readonly<Record<string, string>> = {}) {
  const all = {
    "X-Request-Id": "The id of the request, also in the log and in the audit events.",
    ...descriptions,
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, description]) => [
      name,
      { description, schema: { type: "string" as const } },
    ]),
  );
}
