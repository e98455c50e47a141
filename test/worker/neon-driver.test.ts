import { afterEach, describe, expect, test, vi } from "vitest";
import { queryThroughNeon } from "../../src/database/neon-driver.ts";
import { explainPostgresError } from "../../src/database/postgres-errors.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const query = queryThroughNeon(
  "postgres://bank_api:secret@ep-quiet-sea.eu-central-1.aws.neon.tech/edgebank",
);

/** Answers as Neon's proxy does, and keeps what it was asked. */
function answer(status: number, body: unknown): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push(new Request(url, init));
    return Promise.resolve(Response.json(body, { status }));
  });
  return asked;
}

const failure = async (): Promise<unknown> => {
  try {
    await query("select 1", []);
    return undefined;
  } catch (error) {
    return explainPostgresError(error);
  }
};

describe("Neon over HTTP", () => {
  test("takes a statement with its values and gives rows of text", async () => {
    const asked = answer(200, {
      command: "SELECT",
      rowCount: 1,
      fields: [
        { name: "body", dataTypeID: 25 },
        { name: "replayed", dataTypeID: 16 },
        { name: "changed", dataTypeID: 1009 },
        { name: "cache_lifetime_ms", dataTypeID: 23 },
        { name: "code", dataTypeID: 25 },
      ],
      rows: [['{"balance" : 9007199254740991}', "f", "{account:1,accounts:2}", "1500", null]],
    });
    const rows = await query("select $1", ["01a20469", null, 9007199254740991, true]);
    expect(rows).toEqual([
      ['{"balance" : 9007199254740991}', "f", "{account:1,accounts:2}", "1500", null],
    ]);
    expect(await asked[0]?.json()).toEqual({
      query: "select $1",
      params: ["01a20469", null, "9007199254740991", "true"],
    });
  });

  test("tells a refusal with its code and facts", async () => {
    const detail = JSON.stringify({
      code: "validation_failed",
      errors: [{ path: "at", message: "no" }],
    });
    answer(400, { message: "validation_failed", code: "EBANK", severity: "ERROR", detail });
    expect(await failure()).toMatchObject({
      code: "validation_failed",
      facts: { errors: [{ path: "at", message: "no" }] },
    });
  });

  test.each([
    ["55P03", "service_unavailable"],
    ["57014", "service_unavailable"],
    ["40P01", "service_unavailable"],
    ["53300", "service_unavailable"],
    ["28P01", "service_unavailable"],
    ["3D000", "service_unavailable"],
    ["57P01", "service_unavailable"],
    ["08006", "service_unavailable"],
    ["58000", "service_unavailable"],
    ["42501", "internal_error"],
    ["23505", "internal_error"],
    ["22P02", "internal_error"],
  ])("takes SQLSTATE %s for %s", async (code, expected) => {
    answer(400, { message: "no", code, severity: "ERROR" });
    expect(await failure()).toMatchObject({ code: expected });
  });

  test("is unavailable when Neon itself refuses the login: the fields of Postgres are empty then", async () => {
    answer(400, {
      message: "password authentication failed",
      code: "",
      severity: "",
      detail: null,
    });
    expect(await failure()).toMatchObject({ code: "service_unavailable" });
  });

  test("is unavailable when it does not answer, or answers something else", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
    expect(await failure()).toMatchObject({ code: "service_unavailable" });
    answer(502, "bad gateway");
    expect(await failure()).toMatchObject({ code: "service_unavailable" });
  });
});
