import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";

type Route<Handler> = [method: string, path: string, handler: Handler];

/**
 * A router for each method. Hono's fast router refuses a literal beside a parameter, as in
 * `POST /v1/transfers/batch` beside `POST /v1/transfers/{id}/reverse`. With one router for all
 * methods, that pair would leave every route to the slower router.
 */
export class RouterOfMethods<Handler> implements Router<Handler> {
  readonly name = "RouterOfMethods";
  readonly #routes: Route<Handler>[] = [];
  readonly #routers = new Map<string, Router<Handler>>();

  add(...route: Route<Handler>): void {
    this.#routes.push(route);
  }

  match(method: string, path: string): Result<Handler> {
    return (this.#routers.get(method) ?? this.#open(method)).match(method, path);
  }

  /**
   * A method without routes of its own has no router of its own, because callers can invent
   * methods.
   */
  #open(method: string): Router<Handler> {
    const known = this.#routes.some((route) => route[0] === method) ? method : "ALL";
    let router = this.#routers.get(known);
    if (router === undefined) {
      router = new SmartRouter<Handler>({ routers: [new RegExpRouter(), new TrieRouter()] });
      for (const route of this.#routes)
        if (route[0] === known || route[0] === "ALL") router.add(...route);
      this.#routers.set(known, router);
    }
    return router;
  }
}
