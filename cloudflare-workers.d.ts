// The runtime's own module. No import stands outside the declaration, so that it declares the
// module anew: the package of the types would bring its globals along, see worker-globals.d.ts.
declare module "cloudflare:workers" {
  import type { DurableObjectState } from "@cloudflare/workers-types";

  /** The bindings, readable before the first request. */
  export const env: object;

  export abstract class DurableObject<Env> {
    protected readonly ctx: Pick<DurableObjectState, "waitUntil">;
    protected readonly env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }
}
