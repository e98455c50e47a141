import { describe, expect, test } from "vitest";
import { Description, Name } from "../../src/schemas/text.ts";

/** Every code point but the surrogates, which no text of JSON has alone. */
const characters = Array.from({ length: 0x110000 }, (_, point) => point)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));

const hex = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`;
const listed = (found: readonly string[]): string[] => found.slice(0, 10).map(hex);

/**
 * Unicode's general categories, each with what a name and a description make of its characters
 * between two letters.
 */
const categories: readonly (readonly [
  category: string,
  in_name: boolean,
  in_description: boolean,
])[] = [
  ["Lu", true, true],
  ["Ll", true, true],
  ["Lt", true, true],
  ["Lm", true, true],
  ["Lo", true, true],
  ["Mn", true, true],
  ["Mc", true, true],
  ["Me", true, true],
  ["Nd", true, true],
  ["Nl", true, true],
  ["No", true, true],
  ["Pc", true, true],
  ["Pd", true, true],
  ["Ps", true, true],
  ["Pe", true, true],
  ["Pi", true, true],
  ["Pf", true, true],
  ["Po", true, true],
  ["Sm", true, true],
  ["Sc", true, true],
  ["Sk", true, true],
  ["So", true, true],
  ["Zs", true, true],
  ["Zl", false, false],
  ["Zp", false, false],
  ["Cc", false, false],
  ["Cf", false, true],
  ["Co", false, true],
  ["Cn", false, true],
];

/**
 * Neither format nor control, and yet nobody sees them: fillers and joiners that other categories
 * contain.
 */
const unseen = /^[\p{DI}--\p{VS}]$/v;

describe("between two letters, every character", () => {
  test("has one of these categories", () => {
    const known = new RegExp(
      `^[${categories.map(([category]) => `\\p{${category}}`).join("")}]$`,
      "u",
    );
    expect(listed(characters.filter((character) => !known.test(character)))).toEqual([]);
  });

  test.each(categories)(
    "of category %s: in a name %s, in a description %s",
    (category, in_name, in_description) => {
      const pattern = new RegExp(`^\\p{${category}}$`, "u");
      const members = characters.filter((character) => pattern.test(character));
      expect(members.length).toBeGreaterThan(0);
      const isIn = (schema: typeof Description) => (character: string) =>
        schema.safeParse(`a${character}b`).success;
      const seen = members.filter((character) => !unseen.test(character));
      expect(listed(seen.filter((character) => isIn(Name)(character) !== in_name))).toEqual([]);
      expect(
        listed(members.filter((character) => isIn(Description)(character) !== in_description)),
      ).toEqual([]);
    },
  );

  test("that is invisible is refused in a name", () => {
    const members = characters.filter((character) => unseen.test(character));
    expect(members.length).toBeGreaterThan(100);
    expect(listed(members.filter((character) => Name.safeParse(`a${character}b`).success))).toEqual(
      [],
    );
  });
});

describe("a name alone", () => {
  test("of white space, a combining mark or a variation selector is refused", () => {
    const empty = /^[\p{White_Space}\p{M}\p{VS}]$/u;
    const members = characters.filter((character) => empty.test(character));
    expect(members.length).toBeGreaterThan(2_000);
    expect(listed(members.filter((character) => Name.safeParse(character).success))).toEqual([]);
  });

  test.each([
    ["nothing", ""],
    ["spaces", "  "],
    ["tab", "\t"],
    ["CR LF", "\r\n"],
    ["U+200B zero width space", "\u200b"],
    ["U+202E right-to-left override", "\u202e"],
    ["U+FEFF byte order mark", "\ufeff"],
    ["U+3164 Hangul filler", "\u3164"],
    ["U+2800 Braille pattern blank", "\u2800"],
    ["a lone combining mark", "\u0301"],
    ["U+0001", "\u0001"],
    ["ESC [2J", "\u001b[2J"],
    ["a name with ESC [2J in it", "Ada\u001b[2J"],
    ["a name with a zero width space in it", "Ad\u200ba"],
    ["201 characters", "a".repeat(201)],
  ])("%s is refused", (_what, text) => {
    expect(Name.safeParse(text).success).toBe(false);
  });

  test.each([
    ["  Ada  ", "Ada"],
    ["\u00a0\u3000Ada\u2003", "Ada"],
    ["\tAda\r\n", "Ada"],
    ["Zoe\u0308", "Zoë"],
    ["Ada Example", "Ada Example"],
    [` ${"a".repeat(200)} `, "a".repeat(200)],
    ["O’Neil & Søns (1999) №7", "O’Neil & Søns (1999) №7"],
    ["株式会社 🏦", "株式会社 🏦"],
    ["आदित्य", "आदित्य"],
    ["❤️", "❤️"],
  ])("%j is kept as %j", (text, kept) => {
    expect(Name.parse(text)).toBe(kept);
  });
});

test("a name with 600,000 spaces in its middle is refused after reading it once", () => {
  expect(Name.safeParse(`a${" ".repeat(600_000)}b`).success).toBe(false);
});

test("a description is kept as it was written", () => {
  for (const text of ["", " ", " padded ", "Zoe\u0308", "👩‍👩‍👧 \u200f", "x".repeat(500)])
    expect(Description.parse(text)).toBe(text);
});
