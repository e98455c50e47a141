import { inTime } from "../in-time.ts";
import type { AppContext } from "./app-env.ts";

/** As much as Cloudflare lets through. What is longer loses its connection. */
const discarded_bytes_max = 100 * 1_024 * 1_024;
const discarding_limit_ms = 5_000;

/** The body of a request that is to be answered without it, if it can be read to its end. */
export function unreadBody(c: AppContext): ReadableStream<Uint8Array> | null {
  const { raw } = c.req;
  if (raw.bodyUsed) return null;
  // To look at `body` is dear in Node, and most requests have none.
  const length = c.req.header("Content-Length") ?? "0";
  const has_body = length !== "0" || c.req.header("Transfer-Encoding") !== undefined;
  return has_body && Number(length) <= discarded_bytes_max ? raw.body : null;
}

/**
 * Reads away what is left of a body before the request is answered. A server that answers a client
 * that still sends closes the connection, and then the client may see that instead of the answer.
 * Who sends too much or too slowly is not waited for.
 */
export async function discardBody(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  const discard = async (): Promise<void> => {
    let bytes = 0;
    while (bytes <= discarded_bytes_max) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.byteLength;
    }
  };
  try {
    await inTime(discard(), discarding_limit_ms);
  } catch {
    // The client has gone, or is slow.
  }
}
