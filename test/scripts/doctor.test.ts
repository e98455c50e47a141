import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { startRedis, type LocalRedis } from "../../local/redis/start-redis.ts";
import { startUpstashEndpoint, type UpstashEndpoint } from "../../local/redis/upstash-endpoint.ts";
import { createJwtKeys } from "../../local/secrets.ts";
import { examineDatabase, examineDatabaseUrl } from "../../scripts/doctor/examine-database.ts";
import { examineHyperdrive, parseHyperdrive } from "../../scripts/doctor/examine-hyperdrive.ts";
import { clockFinding, examineRedis } from "../../scripts/doctor/examine-redis.ts";
import { examineSecrets } from "../../scripts/doctor/examine-secrets.ts";
import { examineWorker } from "../../scripts/doctor/examine-worker.ts";
import type { Finding } from "../../scripts/doctor/finding.ts";
import { withOwner } from "../../scripts/owner-connection.ts";
import { readWorkerConfig, type WorkerConfig } from "../../scripts/worker-config.ts";
import { scratchDatabase, type ScratchDatabase } from "../harness/scratch-database.ts";
import { runScript } from "./run-script.ts";

const root = path.join(import.meta.dirname, "../..");
const namesOf = (findings: readonly Finding[]): string[] => findings.map(({ name }) => name);

describe("the doctor, in wrangler.toml,", () => {
  const delivered = readWorkerConfig(path.join(root, "wrangler.toml"));
  const healthy: WorkerConfig = {
    ...delivered,
    routes: [{ pattern: "bank.example.com", custom_domain: true }],
    hyperdrive: [{ binding: "HYPERDRIVE", id: "3f2a" }],
    vars: { JWT_ISSUER: "https://bank.example.com", JWT_AUDIENCE: "bank" },
  };

  test("finds nothing when it is right", () => {
    expect(examineWorker(healthy)).toEqual([]);
  });

  const [consumer] = healthy.queues.consumers;
  const [, ...other_limits] = healthy.ratelimits;
  const { placement: _p, limits: _l, observability: _o, ...bare } = healthy;
  const faults: [string, WorkerConfig][] = [
    ["workers_dev_on", { ...healthy, workers_dev: true }],
    ["preview_urls_on", { ...healthy, preview_urls: true }],
    ["no_domain", { ...healthy, routes: [] }],
    ["issuer_of_the_example", { ...healthy, vars: delivered.vars }],
    ["hyperdrive_missing", { ...healthy, hyperdrive: delivered.hyperdrive }],
    ["queue_missing", { ...healthy, queues: { ...healthy.queues, producers: [] } }],
    ["consumer_missing", { ...healthy, queues: { ...healthy.queues, consumers: [] } }],
    [
      "dead_letters_lost",
      { ...healthy, queues: { ...healthy.queues, consumers: [{ queue: consumer?.queue ?? "" }] } },
    ],
    ["cron_missing", { ...healthy, triggers: { crons: ["* * * * *"] } }],
    ["passwords_in_the_way", { ...healthy, services: [] }],
    [
      "limits_apart",
      {
        ...healthy,
        ratelimits: [
          { name: "USER_RATE_LIMIT", namespace_id: "1", simple: { limit: 1, period: 60 } },
          ...other_limits,
        ],
      },
    ],
    ["placement_missing", { ...bare, limits: _l, observability: _o }],
    ["cpu_unlimited", { ...bare, placement: _p, observability: _o }],
    ["no_logs", { ...healthy, observability: { ...healthy.observability, enabled: false } }],
    ["urls_logged", { ...healthy, observability: { enabled: true } }],
  ];
  test.each(faults)("finds %s", (name, config) => {
    expect(namesOf(examineWorker(config))).toEqual([name]);
  });

  test("finds hyperdrive_missing without Hyperdrive, unless the secret DATABASE_URL is required", () => {
    const without = { ...healthy, hyperdrive: [] };
    const required = [...(healthy.secrets?.required ?? []), "DATABASE_URL"];
    expect(namesOf(examineWorker({ ...without, secrets: { required } }))).toEqual([]);
    expect(namesOf(examineWorker(without))).toEqual(["hyperdrive_missing"]);
  });
});

describe("the doctor, in the secrets,", () => {
  const healthy = {
    required: ["JWT_KEYS", "UPSTASH_REDIS_REST_URL"],
    vars: { JWT_ISSUER: "https://bank.example.com" },
    values: { JWT_KEYS: createJwtKeys(), UPSTASH_REDIS_REST_URL: "https://redis.example" },
    deployed: ["JWT_KEYS", "UPSTASH_REDIS_REST_URL"],
  };
  const short_key = randomBytes(31).toString("base64url");

  test("finds nothing when they are right", () => {
    expect(examineSecrets(healthy)).toEqual([]);
  });

  test.each([
    {
      name: "key_too_short",
      change: { values: { JWT_KEYS: JSON.stringify({ active: "a", keys: { a: short_key } }) } },
    },
    { name: "setting_wrong", change: { values: { JWT_KEYS: "the-token-of-redis" } } },
    { name: "setting_wrong", change: { vars: { REDIS_READ_TIMEOUT_MS: "soon" } } },
    { name: "secret_missing", change: { deployed: ["JWT_KEYS"] } },
    {
      name: "redis_without_tls",
      change: { values: { UPSTASH_REDIS_REST_URL: "http://redis.example" } },
    },
  ])("finds $name", ({ name, change }) => {
    const findings = examineSecrets({ ...healthy, ...change });
    expect(namesOf(findings)).toEqual([name]);
    expect(JSON.stringify(findings)).not.toMatch(new RegExp(`${short_key}|the-token-of-redis`));
  });
});

describe("the doctor, in the output of wrangler hyperdrive get,", () => {
  const healthy = {
    id: "3f2a",
    origin: {
      host: "db.example.com",
      port: 5432,
      database: "edgebank",
      user: "bank_api",
      scheme: "postgres",
    },
    caching: { disabled: true },
    mtls: { sslmode: "verify-full", ca_certificate_id: "1" },
    origin_connection_limit: 60,
  };
  const examine = (value: object): string[] =>
    namesOf(examineHyperdrive(parseHyperdrive(`⛅️ wrangler\n${JSON.stringify(value, null, 2)}`)));

  test("finds nothing when it is right", () => {
    expect(examine(healthy)).toEqual([]);
  });

  test.each([
    ["hyperdrive_caching_on", { caching: { max_age: 60 } }],
    ["hyperdrive_trusts_anybody", { mtls: { sslmode: "require" } }],
    [
      "pooler_behind_hyperdrive",
      { origin: { ...healthy.origin, host: "ep-1-pooler.eu.neon.example" } },
    ],
    ["worker_is_owner", { origin: { ...healthy.origin, user: "postgres" } }],
    ["connections_unlimited", { origin_connection_limit: undefined }],
  ])("finds %s", (name, change) => {
    expect(examine({ ...healthy, ...change })).toEqual([name]);
  });
});

describe("the doctor, in the database,", () => {
  /** The server of the tests is fast instead of durable, and others change its roles meanwhile. */
  const of_the_server = ["commits_not_durable", "role_limits_missing"];
  const examine = (url: string): Promise<readonly Finding[]> =>
    withOwner({ database_url: url, application_name: "doctor-test" }, (client) =>
      examineDatabase(client),
    );

  const worker_limit_of_this_database =
    "do $$ begin execute format('alter role bank_api in database %I set statement_timeout = " +
    "%L', current_database(), '1h'); end $$";

  async function bank(): Promise<ScratchDatabase> {
    const database = await scratchDatabase({ is_migrated: true });
    const hash = `scrypt$14$8$5$${"A".repeat(22)}$${"A".repeat(43)}`;
    await database.sql("select bank_internal.create_admin('you@example.com', $1)", [hash]);
    return database;
  }

  test("finds no fault of the bank when it is right, and changes nothing", async () => {
    const { url, sql } = await bank();
    expect(namesOf(await examine(url)).filter((name) => !of_the_server.includes(name))).toEqual([]);
    // What the doctor tries, it takes back: the fault is still there.
    await sql(worker_limit_of_this_database);
    await examine(url);
    expect(
      await sql(
        "select from pg_db_role_setting join pg_database " +
          "on setdatabase = pg_database.oid where datname = current_database()",
      ),
    ).toHaveLength(1);
  });

  test.each([
    [
      "schema_behind",
      "delete from bank_migrations.functions where name like '%/create_transfer.sql'",
    ],
    [
      "schema_behind",
      "delete from bank_migrations.applied where name = (select max(name) " +
        "from bank_migrations.applied)",
    ],
    [
      "schema_ahead",
      "insert into bank_migrations.applied (name, sha256) values ('9999_future.sql', '')",
    ],
    [
      "migration_edited",
      "update bank_migrations.applied set sha256 = 'edited' where name like '0002%'",
    ],
    ["migration_late", "delete from bank_migrations.applied where name like '0002%'"],
    ["not_examined", "drop table bank.users cascade"],
    ["worker_has_rights", "grant select on bank.accounts to bank_api"],
    [
      "worker_has_rights",
      "grant usage on schema bank_internal to bank_api; grant execute " +
        "on function bank_internal.create_admin to bank_api",
    ],
    ["demo_users", "update bank.users set email = 'admin@edgebank.test'"],
    ["no_admin", "update bank.users set disabled_at = now()"],
    [
      "jobs_late",
      "update bank.jobs set ran_at = now() - interval '3 days' where name = 'verify_new_entries'",
    ],
    [
      "audit_partition_missing",
      "do $$ begin execute format('drop table bank.%I', " +
        "bank_internal.audit_partition_name(date_trunc('month', now() at time zone 'UTC' + " +
        "interval '1 month')::date)); end $$",
    ],
    ["role_limits_missing", worker_limit_of_this_database],
  ])("finds %s: %s", async (name, fault) => {
    const { url, sql } = await bank();
    expect(namesOf(await examine(url))).not.toContain(name === "role_limits_missing" ? "" : name);
    await sql(fault);
    expect(namesOf(await examine(url))).toContain(name);
  });

  test("finds wrong_bank by the id of the bank, which every backup has", async () => {
    const { url, sql } = await bank();
    const [user] = await sql<{ id: string }>("select id from bank.users");
    const ask = (expected: string) =>
      withOwner({ database_url: url, application_name: "doctor-test" }, (client) =>
        examineDatabase(client, expected),
      );
    expect(namesOf(await ask(user?.id ?? ""))).not.toContain("wrong_bank");
    expect(namesOf(await ask("01a20469-8ed7-7e54-a78e-b0ba46161253"))).toEqual(["wrong_bank"]);
  });

  test("finds not_examined for a role that is not the owner, and names what it could not look at", async () => {
    const { sql, url } = await bank();
    const role = `stranger_${randomUUID().replaceAll("-", "")}`;
    await sql(`create role ${role} login password 'stranger'`);
    onTestFinished(() => sql(`drop role ${role}`).then(() => undefined));
    const DATABASE_URL = Object.assign(new URL(url), { username: role, password: "stranger" }).href;
    const { code, stdout, stderr } = await runScript("doctor.ts", {
      environment: { DATABASE_URL },
    });
    expect([code, stderr]).toEqual([1, ""]);
    for (const part of ["the schema", "which bank it is", "the users", "the jobs"]) {
      expect(stdout).toMatch(
        new RegExp(`^not_examined\\n  .* look at ${part}: permission denied .*\\n  → `, "m"),
      );
    }
    expect(stdout).toMatch(/^commits_not_durable$/m);
  });

  test("finds schema_missing", async () => {
    const { url } = await scratchDatabase();
    expect(namesOf(await examine(url))).toEqual(["schema_missing"]);
  });

  test("finds commits_not_durable", async () => {
    expect(namesOf(await examine(inject("postgres_url")))).toContain("commits_not_durable");
  });

  test.each([
    ["postgresql://owner:secret@db.example.com/edgebank", ["database_without_tls"]],
    ["postgresql://owner:secret@db.example.com/edgebank?sslmode=prefer", ["database_without_tls"]],
    ["postgresql://owner:secret@db.example.com/edgebank?sslmode=verify-full", []],
    ["postgresql://owner:secret@127.0.0.1/edgebank", []],
  ])("finds database_without_tls where it applies: %s", (url, names) => {
    expect(namesOf(examineDatabaseUrl(url))).toEqual(names);
  });

  test.each([
    [5_000, ["clock_skew"]],
    [-5_000, ["clock_skew"]],
    [500, []],
  ])("finds clock_skew where it applies: %d ms", (skew_ms, names) => {
    expect(namesOf(clockFinding("PostgreSQL", skew_ms))).toEqual(names);
  });
});

describe("the doctor, in Redis,", () => {
  let redis: LocalRedis;
  let endpoint: UpstashEndpoint;
  beforeAll(async () => {
    redis = await startRedis(undefined);
    endpoint = await startUpstashEndpoint(redis.backend);
  });
  afterAll(async () => {
    await endpoint.stop();
    await redis.stop();
  });
  const examine = async (change: object): Promise<string[]> => {
    const { url, token } = endpoint;
    return namesOf(await examineRedis({ url, token, read_timeout_ms: 10_000, ...change }));
  };

  test("finds redis_away with a wrong token, and at an address where nobody listens", async () => {
    expect(await examine({ token: "wrong" })).toEqual(["redis_away"]);
    expect(await examine({ url: "http://127.0.0.1:1" })).toEqual(["redis_away"]);
  });

  test("finds redis_far when Redis takes more than half of the Worker's time limit", async () => {
    expect(await examine({ read_timeout_ms: 0.001 })).toContain("redis_far");
    expect(await examine({})).not.toContain("redis_far");
  });

  test("keeps what it has found when Redis stops answering", async () => {
    const server = createServer((request, response) => {
      void text(request).then(async (body) => {
        if (!body.includes("PING")) return response.destroy();
        const { authorization = "" } = request.headers;
        const answer = await fetch(endpoint.url, {
          method: "POST",
          headers: { authorization },
          body,
        });
        return response.end(await answer.text());
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}`;
    expect(await examine({ url, read_timeout_ms: 0.001 })).toEqual(["redis_far", "redis_away"]);
  });

  test("finds redis_evicts", async ({ skip }) => {
    if (redis.kind === "in_memory") skip("There is no redis-server on this machine.");
    await redis.backend.runEach([["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]]);
    expect(await examine({})).toEqual(["redis_evicts"]);
    await redis.backend.runEach([["CONFIG", "SET", "maxmemory-policy", "noeviction"]]);
    expect(await examine({})).toEqual([]);
  });
});

describe("npm run doctor", () => {
  async function fileOf(name: string, content: string): Promise<string> {
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-doctor-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = path.join(directory, name);
    await writeFile(file, content);
    return file;
  }
  const rightConfig = async (): Promise<string> =>
    (await readFile(path.join(root, "wrangler.toml"), "utf8"))
      .replace("# routes", "routes")
      .replace('id = "00000000000000000000000000000000"', 'id = "3f2a"')
      .replace("https://edgebank.example", "https://bank.example.com");

  test("ends with 0 when nothing is wrong, and says what it did not look at", async () => {
    const config = await fileOf("wrangler.toml", await rightConfig());
    const { code, stdout } = await runScript("doctor.ts", { arguments: ["--config", config] });
    expect(stdout).toMatch(/^not looked at: PostgreSQL/m);
    expect([code, stdout.split("\n").at(-2)]).toEqual([0, "Nothing found."]);
  });

  test("ends with 1, names each finding and its remedy, and shows no secret", async () => {
    const environment = {
      DATABASE_URL: "postgresql://owner:hidden-password@127.0.0.1:1/edgebank",
      UPSTASH_REDIS_REST_URL: "http://127.0.0.1:1",
      UPSTASH_REDIS_REST_TOKEN: "hidden-token",
    };
    const { code, stdout, stderr } = await runScript("doctor.ts", { environment });
    expect(code).toBe(1);
    for (const name of ["no_domain", "hyperdrive_missing", "database_away", "redis_away"]) {
      expect(stdout).toMatch(new RegExp(`^${name}\\n  .+\\n  → .+$`, "m"));
    }
    expect(stdout + stderr).not.toMatch(/hidden/);
  });

  test.each([
    ["--hyperdrive", "not JSON"],
    ["--secrets", "{}"],
    ["--config", "name = "],
  ])(
    "ends with 1 and one sentence when the file of %s is something else",
    async (option, content) => {
      const file = await fileOf("input.toml", content);
      const { code, stderr } = await runScript("doctor.ts", { arguments: [option, file] });
      expect(code).toBe(1);
      expect(stderr).not.toMatch(/^ {4}at /m);
      expect(stderr).not.toBe("");
    },
  );
});
