import { problemsOf } from "../../src/env.ts";
import { findingsOf, type Finding } from "./finding.ts";

export interface Secrets {
  /** The names under `[secrets]` in wrangler.toml. */
  readonly required: readonly string[];
  /** The vars of wrangler.toml. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** The values that the environment has. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The names that `wrangler secret list` printed; undefined when they were not given. */
  readonly deployed?: readonly string[] | undefined;
}

/** Finds what is wrong with secrets and vars. Findings name variables, never values. */
export function examineSecrets({ required, vars, values, deployed }: Secrets): readonly Finding[] {
  const given = Object.fromEntries(
    Object.entries(values).filter(([, value]) => (value ?? "") !== ""),
  );
  const settings = { ...vars, ...given };
  const problems = problemsOf(settings).filter((problem) =>
    Object.hasOwn(settings, problem.split(/[.:]/, 1)[0] ?? ""),
  );
  const missing = required.filter((name) => deployed?.includes(name) === false);
  return [
    ...problems.map((problem) => ({
      name: problem.includes("32 bytes") ? "key_too_short" : "setting_wrong",
      says: problem,
      mend: problem.startsWith("JWT_KEYS")
        ? "npm run --silent create:keys makes a right one."
        : "Correct it; see docs/deploy.md.",
    })),
    ...findingsOf([
      [
        missing.length > 0,
        {
          name: "secret_missing",
          says:
            `The Worker lacks ${missing.join(", ")}: ` +
            "it answers 500 to everything but /healthz.",
          mend: missing.map((name) => `npx wrangler secret put ${name}`).join("; "),
        },
      ],
      [
        (values["UPSTASH_REDIS_REST_URL"] ?? "").startsWith("http:"),
        {
          name: "redis_without_tls",
          says: "UPSTASH_REDIS_REST_URL is http: balances and the token travel unencrypted.",
          mend: "Use the https address that Upstash shows.",
        },
      ],
    ]),
  ];
}
