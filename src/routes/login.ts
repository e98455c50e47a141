import { answerJson } from "../edge/answer.ts";
import { answerWithEtag } from "../edge/etag.ts";
import { limitLogin } from "../edge/login-limit.ts";
import { jsonContent, operation } from "../edge/operation.ts";
import { AccessToken, Credentials, Me } from "../schemas/login.ts";
import { readBody } from "../services/database-calls.ts";
import { login } from "../services/login.ts";

const log_in = operation(
  {
    id: "login",
    method: "post",
    path: "/auth/login",
    tag: "login",
    summary: "Log in",
    description:
      "Returns an access token for an email and its password. Failures are limited: 10 in 15 " +
      "minutes for one email from one address, and 100 an hour for one email from anywhere. " +
      "All attempts are limited: 100 a minute from one address.",
    callers: "anyone",
    request: { body: jsonContent(Credentials) },
    answer: { status: 200, description: "The token and its user.", schema: AccessToken },
    codes: ["invalid_credentials"],
  },
  async (c, { body }) => {
    const context = c.get("context");
    const token = await limitLogin(context, body.email, () => login(context, body));
    return answerJson(c, JSON.stringify(token));
  },
);

const get_me = operation(
  {
    id: "getMe",
    method: "get",
    path: "/me",
    tag: "login",
    summary: "Get the logged-in user",
    description: "The user of the access token, and its customer.",
    callers: ["admin", "customer"],
    request: {},
    answer: { status: 200, description: "The user.", schema: Me, has_etag: true },
  },
  async (c, { preconditions }) =>
    answerWithEtag(c, preconditions, await readBody(c.get("context"), "get_me", {})),
);

export const login_operations = [log_in, get_me];
