import { ApiError } from "../errors.ts";

/**
 * The only place that reads the headers which describe a body (RFC 9110 sections 8.3 and 8.4). A
 * parameter that the media type does not define has no effect (RFC 8259 section 11), so only a
 * charset other than UTF-8 is refused. US-ASCII is a part of UTF-8. The coding `identity` means
 * that the body is not encoded.
 *
 * Throws `unsupported_media_type`.
 */
export function requireJson(
  content_type: string | undefined,
  content_encoding: string | undefined,
): void {
  if (!isJson(content_type ?? "") || !isPlain(content_encoding ?? "")) {
    throw new ApiError("unsupported_media_type");
  }
}

function isJson(content_type: string): boolean {
  if (content_type === "application/json") return true;
  const parts = splitAtSemicolons(content_type);
  if (parts === undefined) return false;
  const [media_type = "", ...parameters] = parts;
  return media_type.trim().toLowerCase() === "application/json" && parameters.every(isHarmless);
}

/**
 * Splits at semicolons, except inside a quoted value. Undefined when a quote is never closed. The
 * sticky flag ends the search there. Without it, the time of a hostile header would grow with the
 * square of its length.
 */
function splitAtSemicolons(header: string): string[] | undefined {
  const parts = header.match(/(?:"(?:\\.|[^"\\])*"|[^;"])+|;/gy) ?? [];
  if (parts.join("") !== header) return undefined;
  return parts.filter((part) => part !== ";");
}

const charsets = ["utf-8", "utf8", "us-ascii", "ascii"];

function isHarmless(parameter: string): boolean {
  const [, charset] = /^\s*charset\s*=(.*)$/i.exec(parameter) ?? [];
  return (
    charset === undefined || charsets.includes(charset.trim().replaceAll('"', "").toLowerCase())
  );
}

function isPlain(content_encoding: string): boolean {
  return content_encoding
    .split(",")
    .every((coding) => ["", "identity"].includes(coding.trim().toLowerCase()));
}
