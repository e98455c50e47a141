import { expect, test } from "vitest";
import { Currency, currencies } from "../../src/schemas/currency.ts";

test.each([
  "USD",
  "EUR",
  "JPY",
  "KWD",
  "BHD",
  "CLF",
  "SLE",
  "VED",
  "VES",
  "XOF",
  "XCG",
  "XAD",
  "ZWG",
  "MRU",
  "STN",
])("the currency %s is active", (code) => {
  expect(Currency.safeParse(code).success).toBe(true);
});

test.each(["HRK", "SLL", "ANG", "ZWL", "CUC", "BGN", "VEF", "BYR", "DEM"])(
  "the currency %s is withdrawn, and refused",
  (code) => {
    expect(Currency.safeParse(code).success).toBe(false);
  },
);

test.each(["XAU", "XAG", "XDR", "XTS", "XXX"])("%s has no minor unit to count in", (code) => {
  expect(Currency.safeParse(code).success).toBe(false);
});

test.each(["usd", "US", "USDX", " USD", "", "ABC", "constructor"])("%s is no currency", (code) => {
  expect(Currency.safeParse(code).success).toBe(false);
});

// List one of ISO 4217 of 2026-01-01 has 178 codes, of which 13 have no minor unit.
test("165 currencies are active", () => {
  expect(currencies.size).toBe(165);
});
