import { z } from "@hono/zod-openapi";

/**
 * What text may contain, by the character classes of Unicode. Each rule has the message for text
 * that it matches.
 *
 * People recognise an account or a customer by its name, so a name may contain nothing invisible
 * (RFC 8264 has the same rule for text that people compare). A description is free text, but may
 * not contain control characters that a terminal would obey.
 */
const text_rules = {
  name: {
    characters_max: 200,
    must_be_visible: true,
    forbidden: [
      {
        pattern: /[\p{Cc}\p{Zl}\p{Zp}]/u,
        message: "must not contain control characters or line breaks",
      },
      {
        pattern: /[\p{Cf}\p{Co}\p{Cn}]/u,
        message: "must not contain format, private or unassigned characters",
      },
      { pattern: /[\p{DI}--\p{VS}]/v, message: "must not contain invisible characters" },
    ],
  },
  description: {
    characters_max: 500,
    must_be_visible: false,
    forbidden: [
      {
        pattern: /[\p{Cc}\p{Zl}\p{Zp}]/u,
        message: "must not contain control characters or line breaks",
      },
    ],
  },
} as const;

/**
 * Letters, digits, punctuation and symbols, except fillers and the Braille pattern without dots.
 */
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{DI}\u2800]]/v;
/**
 * Unicode white space at either end, which is more than JavaScript's trim removes. A match at the
 * end starts only where a run of spaces starts. Otherwise the time would grow with the square of a
 * run in the middle.
 */
const outer_space = /^\p{White_Space}+|(?<!\p{White_Space})\p{White_Space}+$/gu;

type TextRule = (typeof text_rules)[keyof typeof text_rules];

/** The first problem of a text. */
function complaintOf(text: string, rule: TextRule): string | undefined {
  const { characters_max, forbidden } = rule;
  if ([...text].length > characters_max)
    return `must have at most ${String(characters_max)} characters`;
  const broken = forbidden.find(({ pattern }) => pattern.test(text));
  if (broken !== undefined) return broken.message;
  return rule.must_be_visible && !visible.test(text)
    ? "must have at least one visible character"
    : undefined;
}

const checked = (schema: z.ZodType<string, string>, rule: TextRule) =>
  schema.superRefine((text, context) => {
    const message = complaintOf(text, rule);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/**
 * Normalized to NFC and without space at the ends, so that names that look the same are the same.
 */
export const Name = checked(
  z.string().transform((text) => text.normalize("NFC").replaceAll(outer_space, "")),
  text_rules.name,
).openapi({
  type: "string",
  minLength: 1,
  maxLength: text_rules.name.characters_max,
  description:
    "Stored in Unicode's NFC form and without space at its ends. It needs at least one " +
    "visible character, and may not have control, format, private or unassigned characters.",
  example: "Ada Example",
});

export const Description = checked(z.string(), text_rules.description).openapi({
  maxLength: text_rules.description.characters_max,
  description:
    "Free text, shown in the statement. It may not have control characters or line breaks.",
  example: "Invoice 4711",
});
