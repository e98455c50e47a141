import { randomUUID } from "node:crypto";
import type { HostileBank } from "./hostile-bank.ts";
import type { Judge, Probe, ProbeAnswer } from "./judge.ts";
import { newKey, operations, validBody, type Operation } from "./operations.ts";

interface Position {
  readonly operation: Operation;
  readonly name: string;
  /** Which of Eve's things is asked for. */
  readonly id: string;
  readonly write: (id: string) => Partial<Probe>;
}

/**
 * Every place of every operation that has an id, except the credited account, because anybody may
 * be paid.
 */
function positionsOf(operation: Operation, target: HostileBank): Position[] {
  const { eve } = target;
  const ids: Readonly<Record<string, string>> = {
    customers: eve.customer_id,
    accounts: eve.account_id,
    transfers: eve.transfer_id,
    holds: eve.hold_id,
    account_id: eve.account_id,
    customer_id: eve.customer_id,
    actor_id: eve.actor.user_id,
    target_id: eve.transfer_id,
    debit_account_id: eve.account_id,
  };
  const body = operation.body && validBody(operation.body, target);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const positions: Position[] = [];
  if (operation.path.includes("{id}"))
    positions.push({
      operation,
      name: "the path",
      id: ids[operation.path.split("/")[2] ?? ""] ?? "",
      write: (id) => ({ ...sent, path: operation.path.replace("{id}", id) }),
    });
  for (const { name } of operation.query.filter((parameter) => ids[parameter.name] !== undefined))
    positions.push({
      operation,
      name,
      id: ids[name] ?? "",
      write: (id) => ({ path: `${operation.path.replace("{id}", eve.account_id)}?${name}=${id}` }),
    });
  for (const name of ["debit_account_id", "customer_id"]) {
    const text = JSON.stringify(body) as string | undefined;
    if (operation.path.includes("{id}") || text?.includes(`"${name}"`) !== true) continue;
    const place = new RegExp(`"${name}":"[^"]*"`, "g");
    positions.push({
      operation,
      name,
      id: ids[name] ?? "",
      write: (id) => ({
        body: text
          .replaceAll(place, `"${name}":"${id}"`)
          .replace('"atomic":false', '"atomic":true'),
      }),
    });
  }
  return positions;
}

/**
 * A token with a valid signature for a user that does not exist. Only the owner of the secret can
 * make one.
 */
const untrue = "Eve's customer, but Ada's user";

/** Headers that differ from one answer to the next, whatever was asked. */
const own_headers = new Set([
  ...["date", "x-request-id", "server-timing", "connection", "keep-alive"],
  // The position of the database.
  "bank-position",
]);

/** Everything in an answer, except what belongs to the request itself. */
function said({ status, text, headers, body }: ProbeAnswer, asked: string): string {
  const request_id = body?.["request_id"];
  const without = (from: string): string =>
    (typeof request_id === "string" ? from.replaceAll(request_id, "") : from).replaceAll(asked, "");
  const names = Object.keys(headers).filter((name) => !own_headers.has(name));
  return [
    status,
    without(text),
    ...names.sort().map((name) => `${name}: ${without(String(headers[name]))}`),
  ].join("\n");
}

/**
 * Each operation × identity × position: the answer about Eve's thing and about no thing must be
 * identical.
 */
export async function foreignIds(judge: Judge, target: HostileBank): Promise<number> {
  const { ada, bank, admin } = target;
  const nobodys = { user_id: randomUUID(), role: "customer", customer_id: randomUUID() } as const;
  const identities: readonly [string, string][] = [
    ["Ada", ada.actor.token],
    ["nobody", ""],
    ["a customer who is not there", (await bank.signToken(nobodys)).token],
    [
      "an admin who is not there",
      (await bank.signToken({ user_id: randomUUID(), role: "admin", customer_id: null })).token,
    ],
    [untrue, (await bank.signToken({ ...ada.actor, customer_id: target.eve.customer_id })).token],
    [
      "an admin, but Ada's user",
      (await bank.signToken({ ...ada.actor, role: "admin", customer_id: null })).token,
    ],
  ];
  let compared = 0;
  for (const operation of operations) {
    for (const position of positionsOf(operation, target)) {
      for (const [name, token] of identities) {
        const ask = async (id: string): Promise<string | undefined> => {
          const probe: Probe = {
            what: `${operation.id} by ${name}, ${position.name}`,
            method: operation.method,
            path: operation.path,
            ...(operation.method === "GET" ? {} : { headers: newKey() }),
            token,
            ...position.write(id),
          };
          const answer = await judge.ask(probe);
          if (answer !== undefined && answer.status < 400)
            judge.complain(probe, "not refused", answer);
          return answer && said(answer, id);
        };
        const foreign = await ask(position.id);
        const unknown = await ask(randomUUID().replace(/^(.{14})4/, "$17"));
        compared += 1;
        // This token names Eve's customer, so Eve's things are not foreign to it.
        if (foreign !== unknown && name !== untrue)
          judge.complain(
            { what: `${operation.id} by ${name}`, method: operation.method, path: position.name },
            "what is foreign is told from what is not " +
              `there:\n${String(foreign)}\n---\n${String(unknown)}`,
          );
      }
      if (operation.method !== "GET") continue;
      const asked = {
        what: `${operation.id} by an admin, ${position.name}`,
        method: "GET",
        path: operation.path,
      };
      await judge.ask({
        ...asked,
        token: admin.token,
        sees_everything: true,
        expected: 200,
        ...position.write(position.id),
      });
    }
  }
  return compared;
}
