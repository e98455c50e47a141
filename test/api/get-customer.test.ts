import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin, createCustomer, request } from "../harness/api.ts";
import { auditEventsOf, expectProblem, storedAuditEventsOf } from "./expectations.ts";

const get = (id: string, token: string) => request("GET", `/v1/customers/${id}`, { token });

describe("GET /v1/customers/{id}", () => {
  test("shows a customer to itself and to admins, the second time from the cache", async () => {
    const { customer_id, token, email } = await createCustomer("Ada");
    const first = await get(customer_id, token);
    expect(first.body).toMatchObject({ id: customer_id, name: "Ada", email });
    await expect
      .poll(async () =>
        (await get(customer_id, (await admin()).token)).headers.get("Server-Timing"),
      )
      .toContain("desc=hit");
    expect((await get(customer_id.toUpperCase(), token)).text).toBe(first.text);
  });

  test("answers for another customer as for one that does not exist, and audits both", async () => {
    const [ada, eve] = await Promise.all([createCustomer(), createCustomer()]);
    await get(ada.customer_id, ada.token);
    for (const id of [ada.customer_id, randomUUID()]) {
      const answer = await get(id, eve.token);
      expectProblem(answer, "not_found");
      expect(await auditEventsOf(answer)).toMatchObject([
        { actor_id: eve.user_id, action: "access.refuse", target_type: "customer", target_id: id },
      ]);
    }
    const no_id = await get("42", eve.token);
    expectProblem(no_id, "not_found");
    expect(await auditEventsOf(no_id)).toMatchObject([
      { action: "access.refuse", target_id: null },
    ]);
  });

  test("does not audit the admin's search for what is not there", async () => {
    const answer = await get(randomUUID(), (await admin()).token);
    expectProblem(answer, "not_found");
    // What is refused after it is in the audit log, and it is not.
    await auditEventsOf(await get(randomUUID(), (await createCustomer()).token));
    expect(await storedAuditEventsOf(answer)).toEqual([]);
  });
});
