import { OpenAPIHono } from "@hono/zod-openapi";
import { describeOperation } from "./edge/describe-operation.ts";
import { shareComponents } from "./openapi-components.ts";
import { operations } from "./operations.ts";
import { system_contracts } from "./routes/system.ts";
import { api } from "./api-version.ts";

const tags = {
  login: "Access tokens and their users.",
  customers: "People and companies that own accounts.",
  accounts: "The money of one customer in one currency, with its statement.",
  transfers: "Movements of money between two accounts.",
  holds: "Reserved money that is later captured, is released or expires.",
  ledger: "Checks that the books are right.",
  audit: "Who did what.",
  system: "For load balancers and monitoring.",
};

const description = `A core-banking API at the edge.

Amounts are integers in minor units. Times are RFC 3339 in UTC with microseconds. Ids are UUIDv7.

Every operation that moves money needs an \`Idempotency-Key\`. After a timeout, send the same
request with the same key: you get the outcome of the first one, and no money moves twice. Every
other write accepts a key. Logins and reads ignore it.

Every single resource has a strong \`ETag\`, and a write answers with the new one. Send it back in
\`If-Match\` so that you do not overwrite somebody else's change. If there was such a change, the
response is 412 \`precondition_failed\` and nothing happens. The ETag belongs to the resource in the
path, for example to the account in \`/accounts/{id}/credit\`. A list has no ETag, so no tag matches
it.

Errors are problem documents (RFC 9457). Branch on their \`code\`.`;

/**
 * The contract of all operations as OpenAPI 3.1. `npm run write:openapi` writes it to a file, which
 * the Worker serves.
 */
export function openApiDocument(): object {
  const described = new OpenAPIHono();
  for (const contract of system_contracts) described.openAPIRegistry.registerPath(contract);
  for (const { contract } of operations)
    described.openAPIRegistry.registerPath(describeOperation(contract));
  described.openAPIRegistry.registerComponent("securitySchemes", "access_token", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "at+jwt",
    description: "The `access_token` of `POST /v1/auth/login`, valid for 15 minutes.",
  });
  const whole = described.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: api.name,
      version: api.version,
      description,
      contact: { name: "Edgebank" },
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/", description: "This Worker." }],
    tags: Object.entries(tags).map(([name, tag_description]) => ({
      name,
      description: tag_description,
    })),
  });
  // A copy as JSON, so that no object occurs in two places of the document.
  const document = JSON.parse(JSON.stringify(whole)) as Record<string, unknown>;
  shareComponents(document);
  return document;
}
