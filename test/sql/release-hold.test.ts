import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { sharedBank } from "../harness/bank.ts";
import { captureHold, createHeld, expireHold, releaseHold } from "./holds.ts";
import { failureFacts } from "./refusals.ts";

const bank = sharedBank();

test("a release frees the money, and the same key gets the same answer", async () => {
  const { ada, from, id, readHeld } = await createHeld(bank);
  const key = randomUUID();
  const first = await releaseHold(bank, ada, id, { key });
  expect(first).toMatchObject({ code: null, body: { status: "released", captured_amount: 0 } });
  expect(first.changed).toContain(`account:${from}`);
  expect(await releaseHold(bank, ada, id, { key })).toMatchObject({
    replayed: true,
    text: first.text,
  });
  expect(await readHeld()).toBe(0);
  expect(await bank.auditEvents(id, "hold.release")).toMatchObject([{ outcome: "success" }]);
  expect(await bank.verify()).toEqual([]);
});

test("what is released, captured or expired cannot be released", async () => {
  const [released, captured, expired] = [
    await createHeld(bank),
    await createHeld(bank),
    await createHeld(bank),
  ];
  await releaseHold(bank, released.ada, released.id);
  await captureHold(bank, captured.ada, captured.id);
  await expireHold(bank, expired.id);
  for (const { ada, id, readHeld } of [released, captured, expired]) {
    expect((await releaseHold(bank, ada, id)).code).toBe("hold_not_active");
    expect(await readHeld()).toBe(0);
  }
  expect(await bank.verify()).toEqual([]);
});

test("another customer's hold looks like one that does not exist", async () => {
  const { id, readHeld } = await createHeld(bank);
  const eve = await bank.createCustomer();
  const missing = await failureFacts(releaseHold(bank, eve, randomUUID()));
  expect(await failureFacts(releaseHold(bank, eve, id))).toEqual(missing);
  expect(await readHeld()).toBe(60);
});
