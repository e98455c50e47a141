import { ApiError, validationFailed } from "../errors.ts";
import { NumberToken, UnstorableText } from "../schemas/number-token.ts";
import type { AppContext } from "./app-env.ts";
import { requireJson } from "./content-type.ts";
import { discardBody } from "./unread-body.ts";

const body_bytes_max = 1_048_576;

/** Reads an absent body as an empty object, and a present one like `readJsonBody`. */
export async function readOptionalJsonBody(c: AppContext): Promise<unknown> {
  const is_there = c.req.raw.body !== null && c.req.header("Content-Length") !== "0";
  return is_there ? readJsonBody(c) : {};
}

/**
 * Reads the body as JSON. Values that cannot be stored exactly as written become tokens that no
 * schema accepts.
 *
 * Throws `unsupported_media_type`, `payload_too_large`, `malformed_json`, `validation_failed`.
 */
export async function readJsonBody(c: AppContext): Promise<unknown> {
  requireJson(c.req.header("Content-Type"), c.req.header("Content-Encoding"));
  return parseJson(await readText(c.req.raw));
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("Content-Length")) > body_bytes_max)
    throw new ApiError("payload_too_large");
  // A body of known length is read at once. A chunked body is counted while it is read.
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
  const body: ReadableStream<Uint8Array> | null = request.body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body?.values({ preventCancel: true }) ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > body_bytes_max) break;
  }
  if (body !== null && size > body_bytes_max) await discardBody(body);
  return Buffer.concat(chunks);
}

/**
 * JSON.parse with a feature that TypeScript does not declare yet: the reviver gets the source text
 * of each primitive.
 */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * Parses a body. Values that no schema may accept become a `NumberToken` or an `UnstorableText`.
 *
 * An object with two members of one name is refused: JSON.parse keeps the last one, but a gateway
 * in front may have looked at the first. Each member has one colon, so a member that JSON.parse
 * dropped shows as a colon too many.
 */
export function parseJson(text: string): unknown {
  let unusable_names = 0;
  // The reviver is called once for each member, each element of an array, and the root.
  let members = -1;
  const value = parseOrRefuse(text, (key, value, { source }) => {
    members += 1;
    if (Array.isArray(value)) members -= value.length;
    if (!isUsableName(key)) unusable_names += 1;
    if (typeof value === "number" && !comesBack(value, source ?? "")) return new NumberToken();
    return typeof value === "string" && !isStorable(value) ? new UnstorableText() : value;
  });
  if (countColons(text) !== members) {
    throw new ApiError("malformed_json", { detail: "An object has two members of one name." });
  }
  if (unusable_names > 0) {
    throw validationFailed([
      { path: pathOfUnusableName(value), message: "has a name that cannot be used" },
    ]);
  }
  return value;
}

function parseOrRefuse(text: string, reviver: Reviver): unknown {
  try {
    return parseWithSource(text, reviver);
  } catch (error) {
    // A RangeError too: the text is nested too deeply.
    throw new ApiError("malformed_json", { cause: error });
  }
}

const [quote, colon, backslash] = [0x22, 0x3a, 0x5c];

/** Counts the colons outside strings in JSON text: one for each member. */
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

/**
 * Whether the API would answer the number as it was written. Postgres writes numbers without an
 * exponent.
 */
function comesBack(value: number, source: string): boolean {
  if (String(value) !== source || source.includes("e")) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

/**
 * No member may be named `__proto__`: a library that copies members one by one would set the
 * prototype.
 */
function isUsableName(name: string): boolean {
  return name !== "__proto__" && isStorable(name);
}

interface Member {
  readonly name: string;
  readonly value: unknown;
  readonly parent: Member | undefined;
}

/** The path of a member whose name cannot be used. */
function pathOfUnusableName(root: unknown): string {
  const waiting: Member[] = [{ name: "", value: root, parent: undefined }];
  for (let member = waiting.pop(); member !== undefined; member = waiting.pop()) {
    if (!isUsableName(member.name)) return pathOf(member);
    const parent = member;
    if (typeof member.value !== "object" || member.value === null) continue;
    for (const [name, value] of Object.entries(member.value as Readonly<Record<string, unknown>>)) {
      waiting.push({ name, value, parent });
    }
  }
  return "";
}

function pathOf(member: Member): string {
  const names: string[] = [];
  for (let at = member; at.parent !== undefined; at = at.parent) names.push(at.name);
  return names.reverse().join(".");
}

/** Postgres cannot store NUL or half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
