import { queryThroughHyperdrive } from "../../src/database/hyperdrive-driver.ts";

interface Bindings {
  readonly HYPERDRIVE: Hyperdrive;
}

/**
 * A Worker that sends one statement for each request, and lends its connection. A request for
 * `/leave` does not stay to send what it is given.
 */
export default {
  async fetch(
    { url }: Request,
    { HYPERDRIVE }: Bindings,
    ctx: { waitUntil: (promise: Promise<unknown>) => void },
  ): Promise<Response> {
    const query = queryThroughHyperdrive(HYPERDRIVE, (loan) => {
      if (!url.endsWith("/leave")) ctx.waitUntil(loan);
    });
    const [row] = await query("select pg_backend_pid()", []);
    return new Response(row?.[0]);
  },
};
