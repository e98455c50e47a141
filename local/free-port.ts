import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// The kernel gives outgoing connections ports from 32768 upwards (Linux) or 49152 (macOS). A port
// below can therefore be taken only by a program that asks for exactly this one.
const first_port = 20_000;
const after_last_port = 32_000;
const attempts_max = 100;

/**
 * Finds a loopback port that no program listens on. Another program may take it before the caller
 * does, so callers try again with another port.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 1; attempt <= attempts_max; attempt += 1) {
    const port = randomInt(first_port, after_last_port);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`None of ${String(attempts_max)} loopback ports that were tried is free.`);
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
