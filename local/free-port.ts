import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Finds a loopback port that no program listens on. Another program may take it before the caller
 * does, so callers try again with another port.
 */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server without a port");
  return address.port;
}

/** Whether a program on this machine could now listen on this port of the loopback address. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    const listening = once(server, "listening");
    server.listen(port, "127.0.0.1");
    await listening;
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
