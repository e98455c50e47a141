import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { parseJson } from "../../src/edge/json-body.ts";
import { readBody } from "../../src/edge/validate.ts";
import { ApiError, type InvalidValue } from "../../src/errors.ts";
import { NewBatch, NewTransfer } from "../../src/schemas/transfer.ts";

function errorsOf(schema: z.ZodType, body: unknown): readonly InvalidValue[] {
  try {
    readBody(schema, parseJson(JSON.stringify(body)));
  } catch (error) {
    if (error instanceof ApiError && error.code === "validation_failed") {
      return error.facts["errors"] as readonly InvalidValue[];
    }
    throw error;
  }
  return [];
}

describe("validation_failed names at most 20 errors", () => {
  test("of 110,000 members that nobody knows", () => {
    const members = Object.fromEntries(
      Array.from({ length: 110_000 }, (_, index) => [`x${String(index)}`, 1]),
    );
    const errors = errorsOf(NewTransfer, members);
    expect(errors).toHaveLength(20);
    expect(JSON.stringify(errors).length).toBeLessThan(4_000);
  });

  test("of a batch of 500 bad transfers, the first ones first", () => {
    const bad = { debit_account_id: 1, credit_account_id: 2, amount: 0, x: 1, y: 2 };
    const errors = errorsOf(NewBatch, { transfers: Array.from({ length: 500 }, () => bad) });
    expect(errors).toHaveLength(20);
    expect(errors[0]?.path).toBe("transfers.0.debit_account_id");
  });
});
