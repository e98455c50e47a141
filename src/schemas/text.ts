import { z } from "@hono/zod-openapi";

/**
 * What text may hold, by the classes of Unicode. Each rule says what is wrong with text that it matches.
 *
 * People know an account or a customer by its name, so a name shows all that is in it (RFC 8264 has the same for text that
 * people compare). A description is free text, but never an instruction to the terminal that shows it.
 */
export const text_rules = {
  name: {
    characters_max: 200,
    must_be_visible: true,
    forbidden: [
      { pattern: /[\p{Cc}\p{Zl}\p{Zp}]/u, message: "must not contain control characters or line breaks" },
      {
        pattern: /[\p{Cf}\p{Co}\p{Cn}]/u,
        message: "must not contain format, private or unassigned characters",
      },
      { pattern: /[\p{DI}--\p{VS}]/v, message: "must not contain characters that nobody sees" },
    ],
  },
  description: {
    characters_max: 500,
    must_be_visible: false,
    forbidden: [
      { pattern: /[\p{Cc}\p{Zl}\p{Zp}]/u, message: "must not contain control characters or line breaks" },
    ],
  },
} as const;

/** Letters, digits, punctuation and symbols, but for the fillers and the Braille pattern without a dot. */
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{DI}\u2800]]/v;
/** White space of Unicode at the ends, which is more than JavaScript's own trim takes. */
const outer_space = /^\p{White_Space}+|\p{White_Space}+$/gu;

type TextRule = (typeof text_rules)[keyof typeof text_rules];

/** What is wrong with a text, the first thing only. */
function complaintOf(text: string, rule: TextRule): string | undefined {
  const { characters_max, forbidden } = rule;
  if ([...text].length > characters_max) return `must have at most ${String(characters_max)} characters`;
  const broken = forbidden.find(({ pattern }) => pattern.test(text));
  if (broken !== undefined) return broken.message;
  return rule.must_be_visible && !visible.test(text) ? "must have something visible in it" : undefined;
}

const checked = (schema: z.ZodType<string, string>, rule: TextRule) =>
  schema.superRefine((text, context) => {
    const message = complaintOf(text, rule);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** Composed (NFC) and without space at its ends, so that what looks the same is the same. */
export const Name = checked(
  z.string().transform((text) => text.normalize("NFC").replaceAll(outer_space, "")),
  text_rules.name,
).openapi({
  type: "string",
  minLength: 1,
  maxLength: text_rules.name.characters_max,
  description:
    "Kept in Unicode's form NFC and without space at its ends. It has something visible in it, and no control, " +
    "format, private or unassigned characters.",
  example: "Ada Example",
});

export const Description = checked(z.string(), text_rules.description).openapi({
  maxLength: text_rules.description.characters_max,
  description: "Free text, shown in the statement. It has no control characters and no line breaks.",
  example: "Invoice 4711",
});
