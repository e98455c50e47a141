import { OpenAPIHono } from "@hono/zod-openapi";
import { describeOperation } from "./edge/describe-operation.ts";
import { shareComponents } from "./openapi-components.ts";
import { operations } from "./operations.ts";
import { system_contracts } from "./routes/system.ts";
import { service } from "./service.ts";

const tags = {
  login: "Access tokens, and whom they speak for.",
  customers: "Persons and firms that own accounts.",
  accounts: "Money of one customer in one currency, and its statement.",
  transfers: "Movements of money between two accounts.",
  holds: "Money reserved, later captured, released or expired.",
  ledger: "Proof that the books are right.",
  audit: "Who did what.",
  system: "For load balancers and monitoring.",
};

const description = `A core-banking API at the edge.

Amounts are integers of minor units, times are RFC 3339 in UTC with microseconds, ids are UUIDv7.

Whatever moves money needs an \`Idempotency-Key\`: after a timeout, send the same request with the same key, and find
out what became of the first. Every other write honours the key that it is sent. A login and reads look at none.

Every single resource has a strong \`ETag\`, and a write answers the new one. Send it back in \`If-Match\`, and what
somebody else has changed since is not overwritten: 412 \`precondition_failed\`, and nothing happened. The resource is
the one that the path names: of \`/accounts/{id}/credit\` the account. A list has no ETag, so none matches.

Errors are problem documents (RFC 9457); branch on their \`code\`.`;

let made: object | undefined;

/** The contract of all operations as OpenAPI 3.1, made when it is first asked for. */
export function openApiDocument(): object {
  made ??= describe();
  return made;
}

function describe(): object {
  const described = new OpenAPIHono();
  for (const contract of system_contracts) described.openAPIRegistry.registerPath(contract);
  for (const { contract } of operations) described.openAPIRegistry.registerPath(describeOperation(contract));
  described.openAPIRegistry.registerComponent("securitySchemes", "access_token", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "at+jwt",
    description: "The `access_token` of `POST /v1/auth/login`, valid for 15 minutes.",
  });
  const whole = described.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: service.name,
      version: service.version,
      description,
      contact: { name: "Edgebank" },
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/", description: "This Worker." }],
    tags: Object.entries(tags).map(([name, tag_description]) => ({ name, description: tag_description })),
  });
  // As JSON, so that what is described twice is not one object in two places.
  const document = JSON.parse(JSON.stringify(whole)) as Record<string, unknown>;
  shareComponents(document);
  return document;
}
