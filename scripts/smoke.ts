import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ExplainedError, reportFailure } from "../local/explained-error.ts";

export interface Smoke {
  /** The address of the bank, without a path. */
  readonly url: string;
  /** Headers of each request, for example to reach one version of a Worker. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A user to log in as. Without one, nothing that needs a login is tested. */
  readonly user?: { readonly email: string; readonly password: string } | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

type Ask = (
  method: string,
  path: string,
  options?: { body?: object; token?: string },
) => Promise<Answer>;

const time_limit_ms = 15_000;

/** What must be true of an open bank. Each check returns its complaint. No check moves money. */
const checks: Readonly<Record<string, (ask: Ask) => Promise<string | undefined>>> = {
  "it is alive": async (ask) => expect(await ask("GET", "/healthz"), 200, /"ok"/),
  "it is ready": async (ask) => {
    const answer = await ask("GET", "/readyz");
    return answer.status === 200 && answer.text.includes('"status":"ok"')
      ? undefined
      : `${String(answer.status)} ${answer.text.slice(0, 300)}`;
  },
  "it describes itself": async (ask) =>
    expect(await ask("GET", "/openapi.json"), 200, /"openapi":"3\.1/),
  "it has its documentation": async (ask) => expect(await ask("GET", "/docs"), 200, /swagger/i),
  "it asks who is calling": async (ask) =>
    expect(await ask("GET", "/v1/me"), 401, /"unauthenticated"/),
  "nobody moves money": async (ask) =>
    expect(await ask("POST", "/v1/transfers", { body: {} }), 401, /"unauthenticated"/),
  "a wrong login is refused": async (ask) =>
    expect(await ask("POST", "/v1/auth/login", { body: {} }), 422, /"validation_failed"/),
  "what is not there is not found": async (ask) =>
    expect(await ask("GET", `/v1/${randomUUID()}`), 404, /"not_found"/),
  "answers carry their headers": async (ask) => {
    const { headers } = await ask("GET", "/healthz");
    const wanted = [
      "X-Request-Id",
      "Server-Timing",
      "Strict-Transport-Security",
      "X-Content-Type-Options",
    ];
    const missing = wanted.filter((name) => !headers.has(name));
    return missing.length === 0 ? undefined : `without ${missing.join(", ")}`;
  },
};

function expect({ status, text }: Answer, wanted: number, pattern: RegExp): string | undefined {
  if (status === wanted && pattern.test(text)) return undefined;
  const got = `${String(status)} ${text.slice(0, 200)}`;
  return `${got}, and not ${String(wanted)} with ${String(pattern)}`;
}

async function logIn(ask: Ask, user: NonNullable<Smoke["user"]>): Promise<string | undefined> {
  const login = await ask("POST", "/v1/auth/login", { body: user });
  const token = /"access_token":"([^"]+)"/.exec(login.text)?.[1];
  if (login.status !== 200 || token === undefined)
    return `the login answers ${String(login.status)}`;
  const me = await ask("GET", "/v1/me", { token });
  if (me.status !== 200) return `/v1/me answers ${String(me.status)}`;
  // This reads through every layer down to the ledger.
  const transfers = await ask("GET", "/v1/transfers?limit=1", { token });
  return expect(transfers, 200, /"data"/);
}

/** Runs the checks. Returns the complaints; an empty list when all is well. */
export async function smoke({ url, headers, user }: Smoke): Promise<readonly string[]> {
  const ask: Ask = async (method, path, { body, token } = {}) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(time_limit_ms),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const all =
    user === undefined ? checks : { ...checks, "a user can work": () => logIn(ask, user) };
  const complaints = await Promise.all(
    Object.entries(all).map(async ([name, check]) => {
      const complaint = await check(ask).catch((error: unknown) => describe(error));
      return complaint === undefined ? [] : [`${name}: no. ${complaint}`];
    }),
  );
  return complaints.flat();
}

/** The message of a failed fetch says nothing, but its cause does. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** The user of `SMOKE_EMAIL` and `SMOKE_PASSWORD`, if they are set. */
export function smokeUser(
  environment: Readonly<Record<string, string | undefined>>,
): Smoke["user"] {
  const { SMOKE_EMAIL: email = "", SMOKE_PASSWORD: password = "" } = environment;
  return email === "" ? undefined : { email, password };
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0 || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ExplainedError("Say where the bank is: npm run smoke -- https://bank.example.com");
  }
  const user = smokeUser(process.env);
  const complaints = await smoke({ url, user });
  if (complaints.length > 0) throw new ExplainedError(complaints.join("\n"));
  const count = Object.keys(checks).length + (user === undefined ? 0 : 1);
  process.stdout.write(`${url} passes ${String(count)} checks.\n`);
  if (user === undefined)
    process.stdout.write("Nobody logged in: set SMOKE_EMAIL and SMOKE_PASSWORD.\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    process.exitCode = reportFailure(error);
  });
}
