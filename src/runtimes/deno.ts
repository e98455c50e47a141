import { address_header, clientAddress } from "./client-address.ts";
import { run } from "./run.ts";

interface Address {
  readonly hostname: string;
  readonly port: number;
}

interface DenoServer {
  readonly addr: Address;
  shutdown(): Promise<void>;
}

/**
 * What this file uses of Deno. Its own types would bring globals along that are not those of the
 * Worker.
 */
declare const Deno: {
  serve(
    options: { readonly hostname: string; readonly port: number; readonly onListen: () => void },
    handler: (
      request: Request,
      info: { readonly remoteAddr: Address },
    ) => Response | Promise<Response>,
  ): DenoServer;
};

process.exit(
  await run("deno", async (bank, { HOST, PORT, TRUSTED_PROXIES }) => {
    // Deno would print the address; the log has it.
    const options = { hostname: HOST, port: PORT, onListen: () => undefined };
    const server = Deno.serve(options, (request, { remoteAddr }) => {
      const forwarded_for = request.headers.get("X-Forwarded-For");
      const headers = new Headers(request.headers);
      headers.set(
        address_header,
        clientAddress(TRUSTED_PROXIES, remoteAddr.hostname, forwarded_for),
      );
      return bank.fetch(new Request(request, { headers }));
    });
    const { hostname, port } = server.addr;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return { url: `http://${host}:${String(port)}`, close: () => server.shutdown() };
  }),
);
