import { ApiError, validationFailed } from "../errors.ts";
import { NumberToken, UnstorableText } from "../schemas/number-token.ts";
import type { AppMiddleware } from "./app-env.ts";

const body_bytes_max = 1_048_576;
const plain_integer = /^-?(0|[1-9]\d*)$/;

/** Takes an absent body for an empty object, and a body that is there as `jsonBody` does. */
export const optionalJsonBody: AppMiddleware = async (c, next) => {
  if (c.req.raw.body !== null && c.req.header("Content-Length") !== "0") return jsonBody(c, next);
  c.req.json = <T>() => Promise.resolve({} as T);
  await next();
};

/**
 * Reads the body as JSON, where numbers that are no plain integers stay recognisable, and gives it to the validator
 * in place of Hono's own parsing.
 *
 * Throws `unsupported_media_type`, `payload_too_large`, `malformed_json`, `validation_failed`.
 */
export const jsonBody: AppMiddleware = async (c, next) => {
  if (!isJson(c.req.header("Content-Type")) || c.req.header("Content-Encoding") !== undefined) {
    throw new ApiError("unsupported_media_type");
  }
  const parsed = parseJson(await readText(c.req.raw));
  c.req.json = <T>() => Promise.resolve(parsed as T);
  await next();
};

/** `application/json`, in UTF-8 if it says so (RFC 8259 knows no other). */
function isJson(content_type = ""): boolean {
  const [media_type, ...parameters] = content_type.toLowerCase().split(";");
  return (
    media_type?.trim() === "application/json" &&
    parameters.every((parameter) => /^\s*charset="?utf-8"?\s*$/.test(parameter))
  );
}

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("Content-Length")) > body_bytes_max) throw new ApiError("payload_too_large");
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let text = "";
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      const bytes = chunk as Uint8Array;
      size += bytes.byteLength;
      if (size > body_bytes_max) throw new ApiError("payload_too_large");
      text += decoder.decode(bytes, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError("malformed_json", { detail: "The body is not UTF-8.", cause: error });
  }
}

/** JSON.parse with what TypeScript does not know of yet: the source text of each primitive value. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/** A body's values, with a `NumberToken` or an `UnstorableText` wherever no schema should be taken in. */
export function parseJson(text: string): unknown {
  try {
    return parseWithSource(text, (key, value, { source }) => {
      if (!isStorable(key) || key === "__proto__") {
        throw validationFailed([{ path: "", message: "has a member whose name cannot be used" }]);
      }
      if (typeof value === "number") return reviveNumber(value, source ?? "");
      return typeof value === "string" && !isStorable(value) ? new UnstorableText() : value;
    });
  } catch (error) {
    if (error instanceof ApiError) throw error;
    // A RangeError too: nested so deeply that it cannot be read.
    throw new ApiError("malformed_json", { cause: error });
  }
}

function reviveNumber(value: number, source: string): number | NumberToken {
  const reads_as_integer = Number.isInteger(value) || !Number.isFinite(value);
  if (!reads_as_integer) return value;
  return plain_integer.test(source) && Number.isSafeInteger(value) ? value : new NumberToken(source, value);
}

/** Postgres knows neither NUL nor half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
