import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { Client } from "pg";
import { dropWorkerLogin, openWorkerLogin } from "../../local/postgres/worker-login.ts";
import type { RunningWorker, WorkerOptions } from "../../local/worker/run-worker.ts";
import { changeKeys } from "../../scripts/create-keys.ts";
import { bank, createCustomer, type TestCustomer } from "../harness/api.ts";
import { requestAt } from "../harness/http.ts";
import { runOwnWorker } from "../harness/own-worker.ts";
import { signAccessToken } from "../../local/sign-access-token.ts";

/** A Worker, and the value of JWT_KEYS that it has. */
interface Serving {
  readonly worker: RunningWorker;
  readonly jwt_keys: string;
}

const requests_a_stage = 60;
const callers = 4;

let customer: TestCustomer;
let from: string;
let to: string;

beforeAll(async () => {
  customer = await createCustomer();
  from = await bank.createAccount(customer, { balance: 1_000_000 });
  to = await bank.createAccount(customer);
});

afterAll(async () => {
  expect(await bank.verify()).toEqual([]);
});

async function start(change: Partial<WorkerOptions>): Promise<Serving> {
  const worker = await runOwnWorker(change);
  onTestFinished(() => worker.stop());
  return { worker, jwt_keys: change.jwt_keys ?? inject("jwt_keys") };
}

/**
 * Reads, transfers and pages while `serving` answer in turn. Each token and each cursor comes from
 * one of them and is shown to another. Answers how many requests were made, and those that failed.
 */
async function load(serving: readonly Serving[]): Promise<{ made: number; failed: string[] }> {
  const failed: string[] = [];
  let made = 0;
  const at = (offset: number): Serving => {
    const found = serving[offset % serving.length];
    if (found === undefined) throw new Error("Nobody serves.");
    return found;
  };
  const ask = async (
    to_url: string,
    method: string,
    path: string,
    token: string,
    body?: object,
  ) => {
    made += 1;
    const key = body === undefined ? undefined : randomUUID();
    const answer = await requestAt(to_url, method, path, { token, key, body });
    if (answer.status >= 400) failed.push(`${method} ${path} ${answer.text}`);
    return answer;
  };
  const rounds = requests_a_stage / callers / 4;
  const call = async (caller: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      const issuer = at(round + caller);
      const { jwt_issuer, jwt_audience } = {
        jwt_issuer: inject("jwt_issuer"),
        jwt_audience: inject("jwt_audience"),
      };
      const token = await signAccessToken(
        { jwt_keys: issuer.jwt_keys, jwt_issuer, jwt_audience },
        customer,
      );
      const { url } = at(round + caller + 1).worker;
      await ask(url, "GET", `/v1/accounts/${from}`, token);
      const order = { debit_account_id: from, credit_account_id: to, amount: 1 };
      await ask(url, "POST", "/v1/transfers", token, order);
      await ask(url, "POST", "/v1/transfers", token, order);
      const page = await ask(issuer.worker.url, "GET", "/v1/transfers?limit=1", token);
      const { next_cursor } = (page.body ?? {}) as { next_cursor?: string };
      await ask(url, "GET", `/v1/transfers?limit=1&cursor=${next_cursor ?? ""}`, token);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  return { made, failed };
}

/** One Worker after the other is replaced, as the isolates of the world are. */
async function replaceInTurn(
  stages: readonly Serving[],
): Promise<{ made: number; failed: string[] }> {
  let made = 0;
  const failed: string[] = [];
  for (const [index, next] of stages.entries()) {
    const before = stages[index - 1] ?? next;
    for (const serving of [[next, before], [next]]) {
      const result = await load(serving);
      made += result.made;
      failed.push(...result.failed);
    }
  }
  return { made, failed };
}

test("a signing key is replaced in three steps without a failed request", async () => {
  const first = inject("jwt_keys");
  const added = changeKeys(first, "add");
  const { active, keys } = JSON.parse(added) as { active: string; keys: Record<string, string> };
  const kid = Object.keys(keys).find((name) => name !== active) ?? "";
  const activated = changeKeys(added, "activate", kid);
  const removed = changeKeys(activated, "remove", active);
  const unaware = await start({ jwt_keys: first });
  const hasty = await start({ jwt_keys: activated });
  const stages = [
    unaware,
    await start({ jwt_keys: added }),
    hasty,
    await start({ jwt_keys: removed }),
  ];
  const { made, failed } = await replaceInTurn(stages);
  console.log(`rolling a key: ${String(made)} requests, ${String(failed.length)} failed`);
  expect(failed).toEqual([]);

  // Activated before every Worker knows it, the key is refused by those that do not: this is what
  // the first step is for.
  const refused = await load([hasty, unaware]);
  expect(refused.failed.length).toBeGreaterThan(0);
});

test("the password of the Worker's login is replaced by a second role without a failed request", async () => {
  const secret = randomUUID();
  const client = new Client({ connectionString: inject("postgres_url") });
  await client.connect();
  const database_url = await openWorkerLogin(client, inject("postgres_url"), secret);
  onTestFinished(async () => {
    await dropWorkerLogin(client, secret);
    await client.end();
  });
  const { made, failed } = await replaceInTurn([await start({}), await start({ database_url })]);
  console.log(
    `rolling the database login: ${String(made)} requests, ${String(failed.length)} failed`,
  );
  expect(failed).toEqual([]);
});

test("the token of Upstash is reset without a failed request, because Redis may be away", async () => {
  const after_reset = await start({ redis_token: "a-token-that-was-reset" });
  const { made, failed } = await replaceInTurn([await start({}), after_reset, await start({})]);
  console.log(
    `resetting the token of Redis: ${String(made)} requests, ${String(failed.length)} failed`,
  );
  expect(failed).toEqual([]);
  expect(after_reset.worker.logged("redis_break").length).toBeGreaterThan(0);
});
