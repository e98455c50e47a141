import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, inject, test } from "vitest";
import package_json from "../../package.json" with { type: "json" };
import { catalogue } from "../../src/errors.ts";
import { admin, bank, createCustomer, request } from "../harness/api.ts";
import { expectProblem } from "./expectations.ts";

describe("GET /healthz and /readyz", () => {
  test("say that the Worker lives, and that its dependencies do", async () => {
    expect((await request("GET", "/healthz")).body).toEqual({ status: "ok" });
    // Nothing starts the jobs of the clock here but the tests themselves.
    await bank.sql("update bank.jobs set ran_at = clock_timestamp()");
    expect((await request("GET", "/readyz")).body).toEqual({
      status: "ok",
      dependencies: { postgres: "ok", redis: "ok" },
      missing_limits: [],
      late_jobs: [],
      is_read_only: false,
    });
  });

  test("name a job that has not run for too long, though nothing else is wrong", async () => {
    await bank.sql(
      "update bank.jobs set ran_at = ran_at - interval '1 day' where name = 'expire_holds'",
    );
    const { status, body } = await request("GET", "/readyz");
    await bank.sql("update bank.jobs set ran_at = clock_timestamp() where name = 'expire_holds'");
    expect([status, body.status, body.late_jobs]).toEqual([200, "degraded", ["expire_holds"]]);
  });
});

describe("GET /", () => {
  const at = (accept: string | undefined): Promise<Response> =>
    fetch(new URL("/", inject("worker_url")), {
      redirect: "manual",
      headers: accept === undefined ? {} : { Accept: accept },
    });

  test("leads a browser to the documentation", async () => {
    const answer = await at("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    expect([answer.status, answer.headers.get("Location")]).toEqual([302, "/docs"]);
    expect(answer.headers.get("X-Request-Id")).toBeTruthy();
  });

  test.each([undefined, "*/*", "application/json", "application/json, text/html;q=0.5"])(
    "tells a program that accepts %s where everything is",
    async (accept) => {
      const answer = await at(accept);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({
        name: "Edgebank",
        version: package_json.version,
        openapi: "/openapi.json",
        docs: "/docs",
      });
    },
  );
});

describe("GET /openapi.json", () => {
  test("is the committed document", async () => {
    const committed: unknown = JSON.parse(
      await readFile(path.join(import.meta.dirname, "../../openapi.json"), "utf8"),
    );
    const { status, body } = await request("GET", "/openapi.json");
    expect(status).toBe(200);
    expect(body).toEqual(committed);
  });
});

describe("GET /docs", () => {
  test("is Swagger UI from the Worker's own files, under a policy that allows no others", async () => {
    const page = await request("GET", "/docs");
    expect(page.status).toBe(200);
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(page.headers.get("Content-Security-Policy")).not.toContain("unsafe");
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "");
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect(file).toMatch(/^\/docs\//);
      const answer = await request("GET", file);
      expect([file, answer.status]).toEqual([file, 200]);
      expect(answer.headers.get("X-Request-Id")).toBeTruthy();
    }
    expect(page.text).not.toMatch(/<script(?![^>]*src=)/);
    expect((await request("GET", "/docs/")).text).toBe(page.text);
  });

  test("explains each code at its anchor: when it happens, what to do, and an example", async () => {
    const { text, headers } = await request("GET", "/docs/problems");
    expect(headers.get("Content-Type")).toMatch(/^text\/html/);
    for (const [code, { status, title }] of Object.entries(catalogue)) {
      const section = new RegExp(`<section id="${code}">.*?</section>`, "s").exec(text)?.[0] ?? "";
      for (const part of [
        title,
        "<dt>When</dt>",
        "<dt>What to do</dt>",
        `"status": ${String(status)}`,
      ])
        expect(section, code).toContain(part);
    }
  });

  test("shows problems on a phone and in the dark, with its own style only", async () => {
    const { text } = await request("GET", "/docs/problems");
    expect(text).toContain(
      '<meta name="viewport" content="width=device-width, initial-scale=1" />',
    );
    expect(text).not.toMatch(/<style|style=|<script/);
    const style = await request("GET", "/docs/problems.css");
    expect(style.headers.get("Content-Type")).toMatch(/^text\/css/);
    expect(style.text).toContain("color-scheme: light dark");
  });

  test("has nothing else", async () => {
    expectProblem(await request("GET", "/docs/../wrangler.toml"), "not_found");
    expectProblem(await request("GET", "/docs/nothing.js"), "not_found");
  });
});

describe("every answer", () => {
  test("has a request id: the caller's own if it is one", async () => {
    const id = "A.b_c-9".padEnd(128, "x");
    const kept = await request("GET", "/healthz", { headers: { "X-Request-Id": id } });
    expect(kept.headers.get("X-Request-Id")).toBe(id);
    for (const bad of ["", "x".repeat(129), "a b", "a,b", "<script>", "a;b"]) {
      const { headers } = await request("GET", "/healthz", { headers: { "X-Request-Id": bad } });
      expect(headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("has the security headers and its timing, errors included", async () => {
    const { token } = await createCustomer();
    const answers = await Promise.all([
      request("GET", "/healthz"),
      request("GET", "/nowhere"),
      request("DELETE", "/healthz"),
      request("GET", "/v1/me"),
      request("GET", "/v1/customers", { token }),
      request("GET", "/v1/accounts", { token }),
      request("HEAD", "/docs"),
    ]);
    for (const { headers } of answers) {
      expect(headers.get("X-Request-Id")).toBeTruthy();
      expect(headers.get("Server-Timing")).toMatch(
        /^db;dur=[\d.]+, cache;desc=(hit|miss|bypass);dur=[\d.]+$/,
      );
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Strict-Transport-Security")).toMatch(/^max-age=\d{8}/);
      expect(headers.get("X-Frame-Options")).toBe("DENY");
      expect(headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(headers.get("X-Powered-By")).toBeNull();
      expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
    }
  });

  test("of an unknown path is a problem, for anybody", async () => {
    for (const path_ of [
      "/v1",
      "/v1/",
      "/v1/nowhere",
      "/v2/me",
      "/V1/me",
      "/v1/accounts/",
      "/%",
      "/%00",
      "/..%2f",
    ]) {
      expectProblem(await request("GET", path_), "not_found");
      expectProblem(await request("GET", path_, { token: (await admin()).token }), "not_found");
    }
  });

  test.each([
    ["DELETE", "/v1/accounts", "GET, HEAD, POST"],
    ["PUT", "/v1/accounts/019a5c1e-7b00-7c3a-9d61-0f6f0a1b2c3d", "GET, HEAD, PATCH"],
    ["GET", "/v1/auth/login", "POST"],
    ["OPTIONS", "/v1/transfers", "GET, HEAD, POST"],
    ["POST", "/healthz", "GET, HEAD"],
    ["PATCH", "/v1/transfers/42", "GET, HEAD"],
    ["DELETE", "/v1/audit-events", "GET, HEAD"],
  ])("of %s %s says which methods there are", async (method, path_, allow) => {
    const answer = await request(method, path_);
    expectProblem(answer, "method_not_allowed");
    const methods = (list: string | null): string[] => (list ?? "").split(", ").sort();
    expect(methods(answer.headers.get("Allow"))).toEqual(methods(allow));
  });

  test("of HEAD has the headers of GET and no body", async () => {
    const response = await fetch(new URL("/healthz", inject("worker_url")), { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("Content-Type")).toBe("application/json");
  });
});
