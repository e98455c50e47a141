import { z } from "zod";
import { ExplainedError } from "../../local/explained-error.ts";
import { findingsOf, type Finding } from "./finding.ts";

/** What `wrangler hyperdrive get <id>` prints, as far as the doctor reads it. */
const Hyperdrive = z.object({
  origin: z.object({ host: z.string(), port: z.number().optional(), user: z.string().optional() }),
  caching: z.object({ disabled: z.boolean().optional() }).optional(),
  mtls: z.object({ sslmode: z.string().optional() }).loose().optional(),
  origin_connection_limit: z.number().optional(),
});
export type Hyperdrive = z.infer<typeof Hyperdrive>;

/** @throws {ExplainedError} when the text is not what Wrangler prints. */
export function parseHyperdrive(text: string): Hyperdrive {
  try {
    // Wrangler may print a banner before it.
    return Hyperdrive.parse(JSON.parse(text.slice(text.indexOf("{"))));
  } catch {
    throw new ExplainedError("That is not what npx wrangler hyperdrive get <id> prints.");
  }
}

/** Finds what is wrong with the connection from the Worker to PostgreSQL. */
export function examineHyperdrive({
  origin,
  caching,
  mtls,
  ...config
}: Hyperdrive): readonly Finding[] {
  const update = "npx wrangler hyperdrive update <id>";
  return findingsOf([
    [
      caching?.disabled !== true,
      {
        name: "hyperdrive_caching_on",
        says:
          "Hyperdrive answers from its cache for up to a minute: a transfer " +
          "could be reported and never made.",
        mend: `${update} --caching-disabled true`,
      },
    ],
    [
      !["verify-ca", "verify-full"].includes(mtls?.sslmode ?? ""),
      {
        name: "hyperdrive_trusts_anybody",
        says: "Hyperdrive does not check the certificate of the database.",
        mend:
          `Upload the CA of your database and ${update} --sslmode verify-full ` +
          "--ca-certificate-id <its id>",
      },
    ],
    [
      /-pooler\.|pooler\.supabase/.test(origin.host) ||
        origin.port === 6432 ||
        origin.port === 6543,
      {
        name: "pooler_behind_hyperdrive",
        says: `${origin.host} is a pooler: two poolers in a row lose settings and connections.`,
        mend: `${update} with the direct address of the database`,
      },
    ],
    [
      ["postgres", "neondb_owner"].includes(origin.user ?? ""),
      {
        name: "worker_is_owner",
        says: `The Worker logs in as ${origin.user ?? ""}, a role that may do everything.`,
        mend: `${update} with bank_api, or a role that is a member of bank_api and of nothing else`,
      },
    ],
    [
      config.origin_connection_limit === undefined,
      {
        name: "connections_unlimited",
        says: "Hyperdrive may take more connections than the database has.",
        mend: `${update} --origin-connection-limit 60, below max_connections`,
      },
    ],
  ]);
}
