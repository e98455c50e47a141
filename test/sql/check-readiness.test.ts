import { expect, test } from "vitest";
import { sharedBank } from "./bank.ts";

const bank = sharedBank();

test("the database answers", async () => {
  expect(await bank.call("check_readiness", {})).toMatchObject({ code: null, text: "{}" });
});
