import type { z } from "@hono/zod-openapi";
import type { Code } from "../errors.ts";
import type { Preconditions } from "../database/functions.ts";
import type { IdempotencyKey, OptionalIdempotencyKey } from "../schemas/idempotency-key.ts";
import type { Position } from "../schemas/position.ts";
import type { Id } from "../schemas/values.ts";
import type { AppContext } from "./app-env.ts";
import { authorize, type Callers } from "./authorize.ts";
import { readJsonBody, readOptionalJsonBody } from "./json-body.ts";
import { readPreconditions, requireMatch, requireMatchOfList } from "./preconditions.ts";
import { readBody, readId, readIdempotencyKey, readPosition, readQuery } from "./validate.ts";

export const jsonContent = <Schema extends z.ZodType>(schema: Schema) => ({ required: true, schema });

/** A body whose members are all optional may be left out, content type and all. */
export const optionalJsonContent = <Schema extends z.ZodType>(schema: Schema) => ({
  required: false,
  schema,
});

/** What an operation takes. What is not named here is refused. */
export interface RequestParts {
  /** The id in the path. */
  readonly id?: typeof Id;
  /** The header of every write: what moves money needs it. */
  readonly idempotency_key?: typeof IdempotencyKey | typeof OptionalIdempotencyKey;
  /** The header of what a read replica may answer. */
  readonly position?: typeof Position;
  readonly query?: z.ZodObject;
  readonly body?: { readonly required: boolean; readonly schema: z.ZodType };
}

export interface Contract<Request extends RequestParts> {
  /** The name of the SQL function and of the service, in camelCase. */
  readonly id: string;
  readonly method: "get" | "post" | "patch";
  readonly path: string;
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
    /** Whether one resource is answered, and not a list, so that it has an ETag. */
    readonly has_etag?: boolean;
    /** Headers of its own, each with what it says. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** The codes of its own; those that follow from the rest of the contract are added. */
  readonly codes?: readonly Code[];
}

type Checked<Part> = Part extends z.ZodType ? z.output<Part> : never;

/** What was asked, checked by the contract. */
export interface Asked<Request extends RequestParts> {
  readonly id: Checked<Request["id"]>;
  readonly idempotency_key: Checked<Request["idempotency_key"]>;
  /** What the resource that the path names must be. Whoever changes it hands this to the database. */
  readonly preconditions: Preconditions | undefined;
  readonly query: Checked<Request["query"]>;
  readonly body: Request["body"] extends { readonly schema: infer Schema } ? Checked<Schema> : never;
}

/** An operation as the app serves it and as the contract describes it. */
export interface Operation {
  readonly contract: Contract<RequestParts>;
  readonly handle: (c: AppContext) => Promise<Response>;
}

/**
 * Contract and handler of one operation. In order: who calls, the body's bytes, the query, the path, the
 * `Idempotency-Key`, the body's values, the preconditions. Each is looked at only where the contract names it.
 *
 * Hono's own chain of validators would do the same in ten times the time.
 */
export function operation<Request extends RequestParts>(
  contract: Contract<Request>,
  handler: (c: AppContext, asked: Asked<Request>) => Response | Promise<Response>,
): Operation {
  const { callers, request } = contract;
  return {
    contract,
    handle: async (c) => {
      await authorize(c, callers);
      const json = request.body === undefined ? undefined : await readJson(c, request.body);
      const query = readQuery(c, request.query);
      if (request.position !== undefined) c.get("context").wanted_position = readPosition(c);
      const asked = {
        id: request.id === undefined ? undefined : readId(c),
        idempotency_key:
          request.idempotency_key === undefined ? undefined : readIdempotencyKey(c, request.idempotency_key),
        preconditions: readPreconditions(c),
        query,
        body: request.body === undefined ? undefined : readBody(request.body.schema, json),
      };
      requireList(contract, asked.preconditions);
      // The contract names a part, or the type of what was asked has none: this is where the two are tied.
      return handler(c, asked as Asked<Request>);
    },
  };
}

function readJson(c: AppContext, { required }: { readonly required: boolean }): Promise<unknown> {
  return required ? readJsonBody(c) : readOptionalJsonBody(c);
}

/** Decides here what is asked of a list: it has no ETag, and no lock. */
function requireList(
  { method, request, answer }: Contract<RequestParts>,
  preconditions?: Preconditions,
): void {
  if (preconditions === undefined) return;
  if (method !== "get" && request.id === undefined) requireMatchOfList(preconditions);
  if (method === "get" && answer.has_etag !== true) requireMatch(preconditions, {});
}
