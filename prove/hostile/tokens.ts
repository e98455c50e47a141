import { randomUUID } from "node:crypto";
import { forgeries, TokenMaker } from "../../test/harness/forgeries.ts";
import type { HostileBank } from "./hostile-bank.ts";
import type { Probe } from "./judge.ts";
import { newKey, operations, pathOf, validBody } from "./operations.ts";

/** Forges with the Worker's own secret, so that each token has only the one mistake. */
function makerOf({ bank, ada }: HostileBank): TokenMaker {
  const { active, keys } = JSON.parse(bank.jwt_keys) as {
    active: string;
    keys: Record<string, string>;
  };
  const [, payload = ""] = ada.actor.token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<
    string,
    unknown
  >;
  const now = Math.floor(Date.now() / 1_000);
  return new TokenMaker({
    secret: Buffer.from(keys[active] ?? "", "base64url"),
    kid: active,
    other_kid: randomUUID(),
    claims: () => ({ ...claims, iat: now, exp: now + 900 }),
  });
}

/**
 * Each protected operation with each forged token, and with a valid one in a place that is not
 * read.
 */
export async function forgedTokens(
  target: HostileBank,
): Promise<{ tokens: number; probes: Probe[] }> {
  const maker = makerOf(target);
  const forged: [string, Partial<Probe>][] = [];
  for (const [name, forge] of forgeries) {
    const token = await forge(maker);
    // A token that no header can have is tested in test/worker/tokens.test.ts.
    if (/^[\x20-\x7e]*$/.test(token))
      forged.push([name, { headers: { Authorization: `Bearer ${token}` } }]);
  }
  const good = await maker.good();
  forged.push(
    ["no header", {}],
    ["two headers", { headers: { Authorization: [`Bearer ${good}`, `Bearer ${good}`] } }],
    ["Basic", { headers: { Authorization: `Basic ${good}` } }],
    ["no scheme", { headers: { Authorization: good } }],
    ["a tab", { headers: { Authorization: `Bearer\t${good}` } }],
    ["two tokens", { headers: { Authorization: `Bearer ${good} ${good}` } }],
    ["quotes", { headers: { Authorization: `Bearer "${good}"` } }],
    ["a cookie", { headers: { Cookie: `access_token=${good}` } }],
    [
      "a header of a proxy",
      {
        headers: {
          "X-Forwarded-User": target.admin.user_id,
          "X-Forwarded-Authorization": `Bearer ${good}`,
        },
      },
    ],
  );
  const probes = operations
    .filter(({ is_protected }) => is_protected)
    .flatMap((operation) => {
      const path = pathOf(operation, target.eve);
      const body = operation.body && JSON.stringify(validBody(operation.body, target));
      const given = [
        ...forged,
        ["a query", { path: `${path}?access_token=${good}` }],
      ] as typeof forged;
      return given.map(([name, rest]) => ({
        what: `${operation.id} with ${name}`,
        method: operation.method,
        path,
        ...(body === undefined ? {} : { body }),
        expected: ["unauthenticated"],
        ...rest,
        headers: { ...newKey(), ...rest.headers },
      }));
    });
  return { tokens: forged.length + 1, probes };
}
