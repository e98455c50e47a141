import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, BlockList } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { address_header, clientAddress } from "./client-address.ts";
import { run } from "./run.ts";

/** Longer than a proxy in front keeps a connection, so that the proxy is the one that closes it. */
const keep_alive_timeout_ms = 75_000;
const request_timeout_ms = 30_000;
const idle_check_interval_ms = 50;

/**
 * Writes the client's address where the API reads it, before the request is made from these
 * headers.
 */
function setAddress(incoming: IncomingMessage, trusted: BlockList): void {
  const forwarded_for = incoming.headers["x-forwarded-for"];
  const address = clientAddress(
    trusted,
    incoming.socket.remoteAddress ?? "",
    String(forwarded_for ?? ""),
  );
  const others = incoming.rawHeaders.filter((_word, index, words) => {
    return words[index - (index % 2)]?.toLowerCase() !== address_header;
  });
  incoming.rawHeaders = [...others, address_header, address];
  incoming.headers[address_header] = address;
}

/**
 * Connections that are kept alive would hold the server open, also one that becomes idle only now.
 */
async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const timer = setInterval(() => server.closeIdleConnections(), idle_check_interval_ms);
  await closed;
  clearInterval(timer);
}

process.exit(
  await run("node", async (bank, { HOST, PORT, TRUSTED_PROXIES }) => {
    const answer = getRequestListener((request) => bank.fetch(request));
    const options = { keepAliveTimeout: keep_alive_timeout_ms, requestTimeout: request_timeout_ms };
    const server = createServer(options, (incoming, outgoing) => {
      setAddress(incoming, TRUSTED_PROXIES);
      void answer(incoming, outgoing);
    });
    server.listen(PORT, HOST);
    await once(server, "listening");
    // A server that listens on a port has an address of this form.
    const { address, port, family } = server.address() as AddressInfo;
    const host = family === "IPv6" ? `[${address}]` : address;
    return { url: `http://${host}:${String(port)}`, close: () => close(server) };
  }),
);
