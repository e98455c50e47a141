import { z } from "@hono/zod-openapi";
import currency_codes from "currency-codes";

/** Changes to ISO 4217 that are newer than the package's list, each with its amendment. */
const added_since = [
  "XCG", // Caribbean guilder, amendment 176, from 2025-03-31
  "XAD", // Arab accounting dinar, amendment 179, from 2025-05-12
];
const withdrawn_since = [
  "ANG", // Netherlands Antillean guilder, replaced by XCG, amendment 176, from 2025-03-31
  "CUC", // Cuban convertible peso, amendment 178, from 2025-02-27
  "BGN", // Bulgarian lev, replaced by EUR, amendment 180, from 2026-01-01
];

/**
 * Metals, units of account, the test code and "no currency". ISO 4217 gives them no minor unit, so
 * amounts cannot be counted.
 */
const without_minor_unit = [
  "XAG",
  "XAU",
  "XBA",
  "XBB",
  "XBC",
  "XBD",
  "XDR",
  "XPD",
  "XPT",
  "XSU",
  "XTS",
  "XUA",
  "XXX",
];

/** The active codes of ISO 4217 that an account can have. */
export const currencies: ReadonlySet<string> = new Set(
  [...currency_codes.codes(), ...added_since].filter(
    (code) => !withdrawn_since.includes(code) && !without_minor_unit.includes(code),
  ),
);

/**
 * -1250 US cents as "-12.50", 1250 yen as "1250", by the exponent in ISO 4217. Exact, because it
 * moves digits and does not divide.
 */
export function majorUnits(amount: number, currency: string): string {
  const exponent = currency_codes.code(currency)?.digits ?? 2;
  const digits = String(Math.abs(amount)).padStart(exponent + 1, "0");
  const point = digits.length - exponent;
  const major = exponent === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return amount < 0 ? `-${major}` : major;
}

export const Currency = z
  .string()
  .refine((code) => currencies.has(code), "must be an active ISO 4217 code with minor units")
  .openapi({
    description: "An active currency code of ISO 4217.",
    pattern: "^[A-Z]{3}$",
    example: "USD",
  });
