import { afterAll, inject } from "vitest";
import { Bank } from "./bank.ts";
import { Connections } from "./connections.ts";
import { createScratchDatabase } from "./scratch-database.ts";

/** Makes banks in databases of their own, for tests that break them; they go with the test file. */
export function ownBanks(): () => Promise<Bank> {
  const removals: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(removals.map((remove) => remove())));
  return async () => {
    const { url, drop } = await createScratchDatabase({ is_migrated: true });
    const bank_api = new URL(inject("bank_api_url"));
    bank_api.pathname = new URL(url).pathname;
    const bank = new Bank(new Connections({ superuser: url, bank_api: bank_api.href }));
    removals.push(() => bank.close().then(drop));
    return bank;
  };
}
