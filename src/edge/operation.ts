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

export const jsonContent = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  schema,
});

/**
 * A body that may be left out, together with its content type, because all its members are
 * optional.
 */
export const optionalJsonContent = <Schema extends z.ZodType>(schema: Schema) => ({
  required: false,
  schema,
});

/**
 * What an operation accepts. A query parameter that is not named here is refused. Other parts are
 * ignored.
 */
export interface RequestParts {
  /** The id in the path. */
  readonly id?: typeof Id;
  /**
   * The `Idempotency-Key` header, which every write accepts. An operation that moves money requires
   * it.
   */
  readonly idempotency_key?: typeof IdempotencyKey | typeof OptionalIdempotencyKey;
  /** The `Bank-Position` header of reads that a read replica may answer. */
  readonly position?: typeof Position;
  readonly query?: z.ZodObject;
  readonly body?: { readonly required: boolean; readonly schema: z.ZodType };
}

export interface Contract<Request extends RequestParts> {
  /**
   * The name of the operation in camelCase. The SQL function has the same name, and so has the
   * service if there is one. (`verifyLedger` calls `verify_ledger_part`, and `login` `get_login`.)
   */
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
    /** Other media types that the operation can answer with. */
    readonly other_content?: Readonly<Record<string, { readonly schema: z.ZodType }>>;
    /** Whether the answer is one resource and not a list, so that it has an ETag. */
    readonly has_etag?: boolean;
    /** Additional response headers, each with its description. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Additional error codes. Those that follow from the rest of the contract are added. */
  readonly codes?: readonly Code[];
}

type Checked<Part> = Part extends z.ZodType ? z.output<Part> : never;

/** The request, checked against the contract. */
export interface CheckedRequest<Request extends RequestParts> {
  readonly id: Checked<Request["id"]>;
  readonly idempotency_key: Checked<Request["idempotency_key"]>;
  /**
   * What must be true of the resource in the path. An operation that changes it passes this on to
   * the database.
   */
  readonly preconditions: Preconditions | undefined;
  readonly query: Checked<Request["query"]>;
  readonly body: Request["body"] extends { readonly schema: infer Schema }
    ? Checked<Schema>
    : never;
}

/** An operation as the app serves it and as its contract describes it. */
export interface Operation {
  readonly contract: Contract<RequestParts>;
  readonly handle: (c: AppContext) => Promise<Response>;
}

/**
 * Joins the contract and the handler of one operation. The checks run in this order: the caller,
 * the bytes of the body, the query, the `Bank-Position`, the path, the `Idempotency-Key`, the
 * values of the body, the preconditions. The body, the position, the id and the key are read only
 * if the contract names them.
 *
 * Hono's own chain of validators would do the same in ten times the time.
 */
export function operation<Request extends RequestParts>(
  contract: Contract<Request>,
  handler: (c: AppContext, checked: CheckedRequest<Request>) => Response | Promise<Response>,
): Operation {
  const { callers, request } = contract;
  return {
    contract,
    handle: async (c) => {
      await authorize(c, callers);
      const json = request.body === undefined ? undefined : await readJson(c, request.body);
      const query = readQuery(c, request.query);
      if (request.position !== undefined) c.get("context").wanted_position = readPosition(c);
      const checked = {
        id: request.id === undefined ? undefined : readId(c),
        idempotency_key:
          request.idempotency_key === undefined
            ? undefined
            : readIdempotencyKey(c, request.idempotency_key),
        preconditions: readPreconditions(c),
        query,
        body: request.body === undefined ? undefined : readBody(request.body.schema, json),
      };
      checkListPreconditions(contract, checked.preconditions);
      // Parts that the contract does not name are undefined here and `never` in the type, so the
      // cast is safe.
      return handler(c, checked as CheckedRequest<Request>);
    },
  };
}

function readJson(c: AppContext, { required }: { readonly required: boolean }): Promise<unknown> {
  return required ? readJsonBody(c) : readOptionalJsonBody(c);
}

/**
 * Whether preconditions are about one resource: the one that is read, or the one in the path that
 * is changed. Otherwise they are about a list, which has no ETag and no lock.
 */
export function isConditional({ method, request, answer }: Contract<RequestParts>): boolean {
  return method === "get" ? answer.has_etag === true : request.id !== undefined;
}

/** Decides the preconditions on a list. Throws `precondition_failed`. */
function checkListPreconditions(
  contract: Contract<RequestParts>,
  preconditions?: Preconditions,
): void {
  if (preconditions === undefined || isConditional(contract)) return;
  if (contract.method === "get") requireMatch(preconditions, {});
  else requireMatchOfList(preconditions);
}
