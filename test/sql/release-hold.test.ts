import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { captureHold, createHold, expireHold, releaseHold } from "./holds.ts";
import { failureFacts } from "./refusals.ts";

const bank = sharedBank();

async function createHeld() {
  const ada = await bank.createCustomer();
  const [from, to] = [await bank.createAccount(ada, { balance: 100 }), await bank.createAccount(ada)];
  const { body } = await createHold(bank, ada, { from, to, amount: 60 });
  const readHeld = async (): Promise<number> =>
    (await bank.call("get_account", { p_actor: ada, p_account_id: from })).body.held;
  return { ada, from, to, id: body.id as string, readHeld };
}

test("a release frees the money, once per key", async () => {
  const { ada, from, id, readHeld } = await createHeld();
  const key = randomUUID();
  const first = await releaseHold(bank, ada, id, { key });
  expect(first).toMatchObject({ code: null, body: { status: "released", captured_amount: 0 } });
  expect(first.changed).toContain(`account:${from}`);
  expect(await releaseHold(bank, ada, id, { key })).toMatchObject({ replayed: true, text: first.text });
  expect(await readHeld()).toBe(0);
  expect(await bank.auditEvents(id, "hold.release")).toMatchObject([{ outcome: "success" }]);
  expect(await bank.verify()).toEqual([]);
});

test("what is released, captured or expired cannot be released", async () => {
  const [released, captured, expired] = [await createHeld(), await createHeld(), await createHeld()];
  await releaseHold(bank, released.ada, released.id);
  await captureHold(bank, captured.ada, captured.id);
  await expireHold(bank, expired.id);
  for (const { ada, id, readHeld } of [released, captured, expired]) {
    expect((await releaseHold(bank, ada, id)).code).toBe("hold_not_active");
    expect(await readHeld()).toBe(0);
  }
  expect(await bank.verify()).toEqual([]);
});

test("another customer's hold is the same as none", async () => {
  const { id, readHeld } = await createHeld();
  const eve = await bank.createCustomer();
  const missing = await failureFacts(releaseHold(bank, eve, randomUUID()));
  expect(await failureFacts(releaseHold(bank, eve, id))).toEqual(missing);
  expect(await readHeld()).toBe(60);
});
