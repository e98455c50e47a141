import { Agent, request as httpRequest } from "node:http";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Partial<Record<string, string | string[]>>>;
  readonly body: unknown;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly token: string;
  readonly key?: string;
  /** The bank makes one up if there is none. */
  readonly request_id?: string;
  readonly body?: unknown;
  /** The caller hangs up after so many milliseconds, whatever the bank does then. */
  readonly hang_up_after_ms?: number;
}

const answer_timeout_ms = 20_000;
const agent = new Agent({ keepAlive: true, maxSockets: 2_000 });

/**
 * Sends one request. It uses `node:http`, because `fetch` costs several times as much, and this
 * process shares its processors with the bank.
 *
 * Throws when there is no whole answer. Then nobody knows what became of the request.
 */
export async function send(options: HttpRequest): Promise<HttpAnswer> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      options.url,
      {
        method: options.method,
        agent,
        timeout: answer_timeout_ms,
        headers: {
          Authorization: `Bearer ${options.token}`,
          ...(options.key === undefined ? {} : { "Idempotency-Key": options.key }),
          ...(options.request_id === undefined ? {} : { "X-Request-Id": options.request_id }),
          ...(body === undefined
            ? {}
            : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          try {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: JSON.parse(text),
            });
          } catch {
            reject(new Error(`An answer that is no JSON: ${text.slice(0, 100)}`));
          }
        });
      },
    );
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    if (options.hang_up_after_ms !== undefined) {
      const timer = setTimeout(
        () => request.destroy(new Error("hung up")),
        options.hang_up_after_ms,
      );
      request.on("close", () => clearTimeout(timer));
    }
    request.end(body);
  });
}
