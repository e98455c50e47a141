import { expect, test } from "vitest";
import { targetOfArguments, targetOfPath } from "../../src/services/access-target.ts";

test.each([
  [
    { transfer_id: "t", hold_id: "h", account_id: "a" },
    { target_type: "transfer", target_id: "t" },
  ],
  [
    { hold_id: "h", account_id: "a" },
    { target_type: "hold", target_id: "h" },
  ],
  [
    { account_id: "a", customer_id: "c" },
    { target_type: "account", target_id: "a" },
  ],
  [
    { debit_account_id: "d", credit_account_id: "e" },
    { target_type: "account", target_id: "d" },
  ],
  [
    { customer_id: "c", limit: 20 },
    { target_type: "customer", target_id: "c" },
  ],
  [
    { account_id: null, customer_id: "c" },
    { target_type: "customer", target_id: "c" },
  ],
  [{ amount: 5, credit_account_id: "e" }, undefined],
  [{}, undefined],
])("when a call with %j is refused, the audit log names %j", (named, target) => {
  expect(targetOfArguments(named)).toEqual(target);
});

test.each([
  ["/v1/accounts/:id/credit", "account"],
  ["/v1/customers", "customer"],
  ["/v1/transfers/:id", "transfer"],
  ["/v1/holds/:id/capture", "hold"],
  ["/v1/audit-events", "audit_event"],
  ["/v1/ledger/verification", "ledger"],
  ["/v1/something-new", "something-new"],
  ["/", ""],
])("when the path %s is refused, the audit log names %j", (route, target_type) => {
  expect(targetOfPath(route, "x")).toEqual({ target_type, target_id: "x" });
  expect(targetOfPath(route, null)).toEqual({ target_type, target_id: null });
});
