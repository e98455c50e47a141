import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { admin, bank, request } from "../harness/api.ts";
import { money_max } from "../harness/bank.ts";
import { buildGoProgram } from "./build-go-program.ts";

const document = readFileSync(path.join(import.meta.dirname, "../../openapi.json"), "utf8");
const build_limit_ms = 120_000;
const password = "correct horse battery";

async function createCustomer(): Promise<{ email: string; user_id: string; customer_id: string }> {
  const email = `caller-${randomUUID()}@edgebank.test`;
  const { token } = await admin();
  const { body } = await request("POST", "/v1/customers", {
    token,
    body: { name: "Ada", email, password },
  });
  const user_id = await bank.value<string>("select id from bank.users where customer_id = $1", [
    body.id,
  ]);
  return { email, user_id, customer_id: body.id };
}

describe("a Go client that is generated from openapi.json", () => {
  let program = "";
  beforeAll(async () => {
    program = await buildGoProgram(JSON.parse(document));
  }, build_limit_ms);

  test.each([
    { balance: 9_000_000_000, amount: 5_000_000_000 },
    { balance: 2 ** 31, amount: 2 ** 31 },
    { balance: money_max, amount: money_max - 1 },
  ])(
    "moves $amount of $balance minor units, and reads the same numbers",
    async ({ balance, amount }) => {
      const { email, ...ids } = await createCustomer();
      const holder = { ...ids, role: "customer" } as const;
      const [from, to] = [
        await bank.createAccount(holder, { balance }),
        await bank.createAccount(holder),
      ];
      const order = [from, to, String(amount), randomUUID()];
      const { stdout } = await promisify(execFile)(program, [
        inject("worker_url"),
        email,
        password,
        ...order,
      ]);
      expect(JSON.parse(stdout)).toEqual({
        balance_before: balance,
        transferred: amount,
        read_back: amount,
        entry: -amount,
        balance_after: balance - amount,
        received: amount,
      });
      expect(await bank.balances(from, to)).toEqual([balance - amount, amount]);
    },
  );
});

test("one amount without its format, and a caller's program does not compile", async () => {
  const broken = JSON.parse(document);
  delete broken.components.schemas.Transfer.properties.amount.format;
  await expect(buildGoProgram(broken)).rejects.toThrow(/made\.Amount \(.*int32\) as .*int64/);
});
