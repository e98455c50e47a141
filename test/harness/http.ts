import { undeclared } from "./declared-answers.ts";

export interface RequestOptions {
  readonly token?: string | undefined;
  /** The `Idempotency-Key`. */
  readonly key?: string | undefined;
  /** A string is sent as it stands, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /**
   * Parsed when the answer is JSON, else undefined. Tests read members freely; types end at the
   * wire.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
  readonly text: string;
}

/** One request to a Worker. `path` begins with `/`. */
export async function requestAt(
  origin: string,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<ApiAnswer> {
  const headers = new Headers(options.headers);
  if (options.token !== undefined) headers.set("Authorization", `Bearer ${options.token}`);
  if (options.key !== undefined) headers.set("Idempotency-Key", options.key);
  if (options.body !== undefined && !headers.has("Content-Type"))
    headers.set("Content-Type", "application/json");
  const response = await fetch(new URL(path, origin), {
    method,
    headers,
    redirect: "manual",
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
  });
  const text = await response.text();
  requireDeclared(method, path, response, text);
  const is_json = /^application\/(.+\+)?json/.test(response.headers.get("Content-Type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    body: is_json ? JSON.parse(text) : undefined,
    text,
  };
}

/**
 * Every test of the API is a test of openapi.json too. A HEAD has no body, and 304 none to declare.
 */
function requireDeclared(
  method: string,
  path: string,
  { status, headers }: Response,
  text: string,
): void {
  const content_type = headers.get("Content-Type") ?? "";
  const complaint = undeclared({ method, path, status, content_type, text });
  if (complaint !== undefined)
    throw new Error(`openapi.json does not say that: ${complaint}\n${text}`);
}
