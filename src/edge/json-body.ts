import { ApiError, validationFailed } from "../errors.ts";
import { NumberToken, UnstorableText } from "../schemas/number-token.ts";
import type { AppContext } from "./app-env.ts";

const body_bytes_max = 1_048_576;
const plain_integer = /^-?(0|[1-9]\d*)$/;

/** Takes an absent body for an empty object, and a body that is there as `readJsonBody` does. */
export async function readOptionalJsonBody(c: AppContext): Promise<unknown> {
  const is_there = c.req.raw.body !== null && c.req.header("Content-Length") !== "0";
  return is_there ? readJsonBody(c) : {};
}

/**
 * Reads the body as JSON, where numbers that are no plain integers stay recognisable.
 *
 * Throws `unsupported_media_type`, `payload_too_large`, `malformed_json`, `validation_failed`.
 */
export async function readJsonBody(c: AppContext): Promise<unknown> {
  if (!isJson(c.req.header("Content-Type")) || c.req.header("Content-Encoding") !== undefined) {
    throw new ApiError("unsupported_media_type");
  }
  return parseJson(await readText(c.req.raw));
}

/** `application/json`, in UTF-8 if it says so (RFC 8259 knows no other). */
function isJson(content_type = ""): boolean {
  if (content_type === "application/json") return true;
  const [media_type, ...parameters] = content_type.toLowerCase().split(";");
  return (
    media_type?.trim() === "application/json" &&
    parameters.every((parameter) => /^\s*charset="?utf-8"?\s*$/.test(parameter))
  );
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("Content-Length")) > body_bytes_max) throw new ApiError("payload_too_large");
  // A body whose length is known is read at once; one that comes in chunks is counted while it is read.
  const is_measured = request.headers.has("Content-Length");
  try {
    const bytes = is_measured ? await request.arrayBuffer() : await readChunks(request);
    if (bytes.byteLength > body_bytes_max) throw new ApiError("payload_too_large");
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError("malformed_json", { detail: "The body is not UTF-8.", cause: error });
  }
}

async function readChunks(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > body_bytes_max) throw new ApiError("payload_too_large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** JSON.parse with what TypeScript does not know of yet: the source text of each primitive value. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * A body's values, with a `NumberToken` or an `UnstorableText` wherever no schema should be taken in.
 *
 * JSON.parse keeps the last of several members of one name, and a gateway in front may have looked at the first. A
 * member that was dropped is a colon more than the reviver has seen members.
 */
export function parseJson(text: string): unknown {
  const unusable_names: string[] = [];
  // The reviver is called once for each member, each element of an array, and the root.
  let members = -1;
  const value = parseOrRefuse(text, (key, value, { source }) => {
    members += 1;
    if (Array.isArray(value)) members -= value.length;
    if (!isStorable(key) || key === "__proto__") unusable_names.push(key);
    if (typeof value === "number") return reviveNumber(value, source ?? "");
    return typeof value === "string" && !isStorable(value) ? new UnstorableText() : value;
  });
  if (countColons(text) !== members) {
    throw new ApiError("malformed_json", { detail: "An object has two members of one name." });
  }
  if (unusable_names.length > 0) {
    throw validationFailed([{ path: "", message: "has a member whose name cannot be used" }]);
  }
  return value;
}

function parseOrRefuse(text: string, reviver: Reviver): unknown {
  try {
    return parseWithSource(text, reviver);
  } catch (error) {
    // A RangeError too: nested so deeply that it cannot be read.
    throw new ApiError("malformed_json", { cause: error });
  }
}

const [quote, colon, backslash] = [0x22, 0x3a, 0x5c];

/** The colons outside strings of a text that is JSON: one for each member. */
function countColons(text: string): number {
  let colons = 0;
  let is_in_string = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === quote) is_in_string = !is_in_string;
    else if (is_in_string) index += unit === backslash ? 1 : 0;
    else if (unit === colon) colons += 1;
  }
  return colons;
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
