import { expect, test } from "vitest";
import { address_limit } from "../../src/edge/rate-limit.ts";
import { fromAddress } from "../harness/api.ts";
import { requestAt, type ApiAnswer } from "../harness/http.ts";
import { startOwnServer } from "./own-server.ts";

const at_once = 100;

/** No other test comes from these addresses: servers add up what they count. */
const busy = "192.0.2.201";
const calm = "192.0.2.202";

test(
  "an address has 6,000 requests without a token a minute; others go on",
  { timeout: 120_000 },
  async () => {
    const { url } = await startOwnServer();
    const ask = (address: string): Promise<ApiAnswer> =>
      requestAt(url, "GET", "/v1/me", { headers: fromAddress(address) });
    let allowed = 0;
    let refused: ApiAnswer | undefined;
    // The minute may turn once meanwhile, and begins anew then.
    while (refused === undefined && allowed < 3 * address_limit) {
      const answers = await Promise.all(Array.from({ length: at_once }, () => ask(busy)));
      refused = answers.find(({ status }) => status !== 401);
      allowed += answers.filter(({ status }) => status === 401).length;
    }
    expect(allowed).toBeGreaterThanOrEqual(address_limit);
    expect(refused?.body).toMatchObject({ status: 429, code: "rate_limited" });
    expect(refused?.headers.get("RateLimit-Policy")).toBe('"address";q=6000;w=60');
    expect(refused?.headers.get("RateLimit")).toBe('"address";r=0;t=60');
    expect(refused?.headers.get("Retry-After")).toBe("60");
    expect((await ask(calm)).status).toBe(401);
  },
);
