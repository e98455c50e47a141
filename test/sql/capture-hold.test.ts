import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { captureHold, createHeld, expireHold, releaseHold } from "./holds.ts";
import { failureFacts, sqlState } from "./refusals.ts";

const bank = sharedBank();

async function update(p_account_id: string, named: Record<string, unknown>) {
  return bank.call("update_account", { p_actor: await bank.admin(), p_account_id, ...named });
}

describe("a capture", () => {
  test("in full moves all of the hold", async () => {
    const { ada, from, to, id, readHeld } = await createHeld(bank);
    const { body } = await captureHold(bank, ada, id);
    expect(body).toMatchObject({ kind: "capture", status: "posted", amount: 60, hold_id: id });
    expect([await bank.balances(from, to), await readHeld()]).toEqual([[40, 60], 0]);
    expect((await bank.call("get_hold", { p_actor: ada, p_hold_id: id })).body).toMatchObject({
      status: "captured",
      captured_amount: 60,
      transfer_id: body.id,
    });
    expect(await bank.auditEvents(id, "hold.capture")).toMatchObject([{ outcome: "success" }]);
    expect(await bank.verify()).toEqual([]);
  });

  test("in part moves that part, and frees the rest", async () => {
    const { ada, from, to, id, readHeld } = await createHeld(bank);
    expect((await captureHold(bank, ada, id, { amount: 1 })).code).toBeNull();
    expect([await bank.balances(from, to), await readHeld()]).toEqual([[99, 1], 0]);
    expect(await bank.verify()).toEqual([]);
  });

  test("takes reserved money though the limit was lowered meanwhile", async () => {
    const ada = await bank.createCustomer();
    const [from, to] = [
      await bank.createAccount(ada, { overdraft_limit: 60 }),
      await bank.createAccount(ada),
    ];
    const { body } = await bank.createHold(ada, { from, to, amount: 60 });
    await update(from, { p_overdraft_limit: 0 });
    expect((await captureHold(bank, ada, body.id)).code).toBeNull();
    expect(await bank.balances(from, to)).toEqual([-60, 60]);
    expect(await bank.verify()).toEqual([]);
  });

  test("of one more than the hold is declined, and the hold stays", async () => {
    const { ada, from, to, id, readHeld } = await createHeld(bank);
    expect((await captureHold(bank, ada, id, { amount: 61 })).code).toBe("capture_exceeds_hold");
    expect([await bank.balances(from, to), await readHeld()]).toEqual([[100, 0], 60]);
    expect((await captureHold(bank, ada, id, { amount: 60 })).code).toBeNull();
  });

  test("by the same key takes place once, and by another not again", async () => {
    const { ada, from, to, id } = await createHeld(bank);
    const key = randomUUID();
    const first = await captureHold(bank, ada, id, { key });
    expect(await captureHold(bank, ada, id, { key })).toMatchObject({
      replayed: true,
      text: first.text,
    });
    expect((await captureHold(bank, ada, id)).code).toBe("hold_not_active");
    expect(await bank.balances(from, to)).toEqual([40, 60]);
  });

  test("of a released hold and of an expired one is declined", async () => {
    const [released, expired] = [await createHeld(bank), await createHeld(bank)];
    await releaseHold(bank, released.ada, released.id);
    await expireHold(bank, expired.id);
    for (const { ada, id, from, to, readHeld } of [released, expired]) {
      expect((await captureHold(bank, ada, id)).code).toBe("hold_not_active");
      expect([await bank.balances(from, to), await readHeld()]).toEqual([[100, 0], 0]);
    }
  });

  test("from a frozen account is declined, and works once it is thawed", async () => {
    const { ada, from, id, readHeld } = await createHeld(bank);
    await update(from, { p_status: "frozen" });
    expect((await captureHold(bank, ada, id)).code).toBe("account_frozen");
    expect(await readHeld()).toBe(60);
    await update(from, { p_status: "active" });
    expect((await captureHold(bank, ada, id)).code).toBeNull();
  });

  test.each([0, -1])("of %d is refused", async (amount) => {
    const { ada, id, readHeld } = await createHeld(bank);
    expect(await sqlState(captureHold(bank, ada, id, { amount }))).toBe("23514");
    expect(await readHeld()).toBe(60);
  });
});

test("another customer's hold looks like one that does not exist", async () => {
  const { id } = await createHeld(bank);
  const eve = await bank.createCustomer();
  const missing = await failureFacts(captureHold(bank, eve, randomUUID()));
  expect(await failureFacts(captureHold(bank, eve, id))).toEqual(missing);
  expect(missing).toMatchObject({ detail: '{"code": "not_found"}' });
});
