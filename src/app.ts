import { OpenAPIHono } from "@hono/zod-openapi";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { AppEnv } from "./edge/app-env.ts";
import { openContext } from "./edge/open-context.ts";
import { renderError, renderProblem } from "./edge/render-error.ts";
import { requestId } from "./edge/request-id.ts";
import { requestLog } from "./edge/request-log.ts";
import { securityHeaders } from "./edge/security-headers.ts";
import { serverTiming } from "./edge/server-timing.ts";
import { refuseInvalid } from "./edge/validate.ts";
import { ApiError } from "./errors.ts";
import { openApiDocument } from "./openapi.ts";
import { account_routes } from "./routes/accounts.ts";
import { audit_event_routes } from "./routes/audit-events.ts";
import { customer_routes } from "./routes/customers.ts";
import { hold_routes } from "./routes/holds.ts";
import { ledger_routes } from "./routes/ledger.ts";
import { login_routes } from "./routes/login.ts";
import { system_routes } from "./routes/system.ts";
import { transfer_routes } from "./routes/transfers.ts";

/**
 * The map of the API. What every request passes stands here in order; what an operation passes of its own (who may
 * call it, rate limit, body, validation) follows from its contract in `edge/operation.ts`.
 */
export const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

app.use(requestId);
app.use(requestLog);
app.use(serverTiming);
app.use(securityHeaders);
app.use(
  methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) =>
      renderProblem(c, new ApiError("method_not_allowed", { headers: { Allow: methods.join(", ") } })),
  }),
);
app.use(openContext);

app.route("/", system_routes);
app.route("/v1", login_routes);
app.route("/v1", customer_routes);
app.route("/v1", account_routes);
app.route("/v1", transfer_routes);
app.route("/v1", hold_routes);
app.route("/v1", ledger_routes);
app.route("/v1", audit_event_routes);
app.get("/openapi.json", (c) => c.json(openApiDocument(app)));

app.notFound((c) => renderProblem(c, new ApiError("not_found")));
app.onError(renderError);
