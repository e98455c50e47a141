import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { admin } from "../harness/api.ts";
import { expectProblem } from "./expectations.ts";
import { createPair, get, hold, order, post } from "./payments.ts";

describe("GET /v1/holds/{id}", () => {
  test("is the hold as it was answered, to its owner and an admin", async () => {
    const pair = await createPair();
    const created = await post(pair.alice.token, "/holds", order(pair, 10));
    const { id } = created.body as { id: string };
    expect((await get(pair.alice.token, `/holds/${id}`)).text).toBe(created.text);
    expect((await get((await admin()).token, `/holds/${id}`)).text).toBe(created.text);
  });

  test("answers for another customer's hold as for one that does not exist, also to the payee", async () => {
    const pair = await createPair();
    expectProblem(await get(pair.bob.token, `/holds/${await hold(pair, 10)}`), "not_found");
    expectProblem(await get(pair.bob.token, `/holds/${randomUUID()}`), "not_found");
    expectProblem(await get(pair.alice.token, "/holds/1"), "not_found");
  });
});
