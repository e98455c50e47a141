import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { AppEnv } from "./edge/app-env.ts";
import { frame } from "./edge/frame.ts";
import { openContext } from "./edge/open-context.ts";
import { renderError, renderProblem } from "./edge/render-error.ts";
import { RouterOfMethods } from "./edge/router.ts";
import { ApiError } from "./errors.ts";
import { operations } from "./operations.ts";
import { health_routes, system_routes } from "./routes/system.ts";

/**
 * The map of the API. The middleware that every request passes is listed here in order. What a
 * single operation adds (who may call it, rate limit, body, validation) follows from its contract
 * in `edge/operation.ts`.
 */
export const app = new Hono<AppEnv>({ router: new RouterOfMethods() });

app.use(frame);
app.use(
  methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) =>
      renderProblem(
        c,
        new ApiError("method_not_allowed", { headers: { Allow: methods.join(", ") } }),
      ),
  }),
);
app.route("/", health_routes);
app.use(openContext);

app.route("/", system_routes);
for (const { contract, handle } of operations) {
  app.on(contract.method.toUpperCase(), `/v1${contract.path.replace("{id}", ":id")}`, handle);
}

app.notFound((c) => renderProblem(c, new ApiError("not_found")));
app.onError(renderError);
