import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../edge/app-env.ts";
import { answerJson } from "../edge/answer.ts";
import { limitLogin } from "../edge/login-limit.ts";
import { jsonContent, operation } from "../edge/operation.ts";
import { AccessToken, Credentials, Me } from "../schemas/login.ts";
import { getMe, login } from "../services/login.ts";

export const login_routes = new OpenAPIHono<AppEnv>();

const login_contract = operation({
  id: "login",
  method: "post",
  path: "/auth/login",
  tag: "login",
  summary: "Log in",
  description:
    "An access token for an email and its password. Failures are limited: 10 in 15 minutes for an email from one " +
    "address, 100 an hour for an email from anywhere; and 100 attempts a minute from an address.",
  callers: "anyone",
  request: { body: jsonContent(Credentials) },
  answer: { status: 200, description: "The token, and whom it speaks for.", schema: AccessToken },
  codes: ["invalid_credentials"],
});

login_routes.openapi(login_contract, async (c) => {
  const context = c.get("context");
  const credentials = c.req.valid("json");
  const giveBack = await limitLogin(context, credentials.email);
  const token = await login(context, credentials);
  await giveBack();
  return answerJson(c, JSON.stringify(token));
});

const get_me_contract = operation({
  id: "getMe",
  method: "get",
  path: "/me",
  tag: "login",
  summary: "Who am I",
  description: "The user of the access token, and its customer.",
  callers: ["admin", "customer"],
  request: {},
  answer: { status: 200, description: "The user.", schema: Me },
  codes: ["forbidden"],
});

login_routes.openapi(get_me_contract, async (c) => answerJson(c, await getMe(c.get("context"))));
