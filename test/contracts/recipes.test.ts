import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { isCacheKey } from "../../src/cache/keys.ts";
import { catalogue } from "../../src/errors.ts";
import { targetOfArguments, targetOfPath } from "../../src/services/access-target.ts";
import { sharedBank } from "../harness/bank.ts";

// What fails here is a step of a recipe of CONTRIBUTING.md that was forgotten.

const bank = sharedBank();
const root = path.join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const kebabCase = (name: string): string =>
  name.replaceAll("_", "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

interface PublicFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly is_volatile: boolean;
}

/** The functions that the Worker may call, with their parameters as TypeScript names them. */
async function publicFunctions(): Promise<PublicFunction[]> {
  return bank.sql<PublicFunction & Record<string, unknown>>(
    `select proname::text as name,
            array(select substr(parameter, 3)
                    from unnest(proargnames[1:pronargs]) as parameter) as parameters,
            provolatile = 'v' as is_volatile
       from pg_proc
      where pronamespace = 'bank'::regnamespace
        and has_function_privilege('bank_api', oid, 'execute')
      order by proname collate "C"`,
  );
}

interface CalledFunction {
  /** The interface of src/database/functions.ts that has it. */
  readonly kind: string;
  readonly name: string;
  readonly parameters: readonly string[];
}

function readCalledFunctions(): CalledFunction[] {
  const file = path.join(root, "src/database/functions.ts");
  const { config } = ts.readConfigFile(path.join(root, "tsconfig.json"), (name) =>
    ts.sys.readFile(name),
  ) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, files: [file], include: [] },
    ts.sys,
    root,
  );
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const called: CalledFunction[] = [];
  source?.forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) || !node.name.text.endsWith("Functions")) return;
    for (const member of node.members) {
      const properties = checker.getTypeAtLocation(member).getProperties();
      called.push({
        kind: node.name.text,
        name: member.name?.getText(source) ?? "",
        parameters: properties.map(({ name }) => name),
      });
    }
  });
  return called;
}

const called_functions = readCalledFunctions();

/** Functions that may be called and are not in src/database/functions.ts, with who calls them. */
const called_otherwise: Readonly<Record<string, string>> = {
  is_caught_up: "src/database/replica.ts, within the statement of a read",
  record_access_refusal: "the Worker of the release before",
  record_login: "the Worker of the release before",
  verify_ledger: "operators, who verify the whole at one moment",
};

test("src/database/functions.ts has every function that the Worker may call, with each of its parameters", async () => {
  const called = new Map(called_functions.map(({ name, parameters }) => [name, parameters]));
  const functions = await publicFunctions();
  const in_sql = functions.map(({ name, parameters }) => {
    const in_typescript = called.get(name) ?? [];
    // The actor is passed separately from the arguments, and the number of items of a job has a
    // default of its own.
    const own = parameters.filter(
      (parameter) =>
        parameter !== "actor" && (parameter !== "limit" || in_typescript.includes("limit")),
    );
    return [name, own.sort()] as const;
  });
  const in_typescript = [...called].map(([name, parameters]) => [name, parameters.toSorted()]);
  expect(Object.fromEntries(in_typescript)).toEqual(
    Object.fromEntries(in_sql.filter(([name]) => !(name in called_otherwise))),
  );
});

/**
 * Functions that have no file of their own, because they are one part of something that is tested
 * as a whole.
 */
const tested_elsewhere: Readonly<Record<string, string>> = {
  is_caught_up: "test/replica/replica.test.ts",
  record_job: "test/sql/late-jobs.test.ts",
  prepare_audit_partitions: "test/sql/archive-audit.test.ts",
  checkpoint_internal_balances: "test/sql/get-balance-checkpoints.test.ts",
  flush_access_refusals: "test/sql/record-access-refusal.test.ts",
};

test("every function that the Worker may call has a test of its name", async () => {
  const functions = await publicFunctions();
  const untested = functions.filter(({ name }) => {
    const file = tested_elsewhere[name] ?? `test/sql/${kebabCase(name)}.test.ts`;
    return !existsSync(path.join(root, file));
  });
  expect(untested.map(({ name }) => name)).toEqual([]);
});

test.each(["customer", "account"] as const)(
  "the audit log shows every member of a changed %s that can be changed",
  async (resource) => {
    const customer = await bank.createCustomer();
    const { customer_id } = customer;
    const id = resource === "customer" ? customer_id : await bank.createAccount(customer);
    const name = `update_${resource}`;
    await bank.call(name, {
      p_actor: await bank.admin(),
      [`p_${resource}_id`]: id,
      p_name: "Changed",
    });
    const changed = await bank.value<object>(
      "select detail -> 'after' from bank.audit_events where target_id = $1 and action = $2",
      [id, `${resource}.update`],
    );
    const { parameters = [] } = (await publicFunctions()).find((one) => one.name === name) ?? {};
    const not_members = ["actor", "idempotency_key", "preconditions", `${resource}_id`];
    expect(Object.keys(changed).sort()).toEqual(
      parameters.filter((parameter) => !not_members.includes(parameter)).sort(),
    );
  },
);

test("every operation has a test of its name", () => {
  const { paths } = JSON.parse(read("openapi.json")) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const names = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  const in_system_test = ["checkHealth", "checkReadiness"];
  const untested = names.filter(
    (name) =>
      !in_system_test.includes(name) &&
      !existsSync(path.join(root, `test/api/${kebabCase(name)}.test.ts`)),
  );
  expect(untested).toEqual([]);
});

test("every code of the catalogue is answered by something", () => {
  const files = ["src", "migrations/functions"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|sql)$/.test(file) && file !== "errors.ts")
      .map((file) => read(path.join(folder, file))),
  );
  const text = files.join("\n");
  const unused = Object.keys(catalogue).filter(
    (code) => !text.includes(`"${code}"`) && !text.includes(`'${code}'`),
  );
  expect(unused).toEqual([]);
});

/** The jobs that change the ledger. All other changes go through `write` or a teller. */
const changing_jobs = ["checkpoint_internal_balances", "expire_holds"];

test("a read-only bank refuses every function that changes the ledger, and no other", async () => {
  const text = read("migrations/functions/read_only/apply_read_only.sql");
  const [, list = ""] = /proname <> all \(array\[([^\]]*)\]\)/.exec(text) ?? [];
  const going_on = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  const functions = await publicFunctions();
  const refused = functions.filter(
    ({ name, is_volatile }) => is_volatile && !going_on.includes(name),
  );
  const changing = called_functions
    .filter(({ kind }) => ["WriteFunctions", "GatheringFunctions"].includes(kind))
    .map(({ name }) => name);
  expect(refused.map(({ name }) => name).sort()).toEqual([...changing, ...changing_jobs].sort());
});

test("every cache key that a function returns is one that the Worker knows", () => {
  const keys = readdirSync(path.join(root, "migrations/functions"), {
    recursive: true,
    encoding: "utf8",
  })
    .filter((file) => file.endsWith(".sql"))
    .flatMap((file) => [...read(`migrations/functions/${file}`).matchAll(/'(\w+:)' \|\|/g)])
    .map(([, key = ""]) => key);
  expect(keys).toContain("account:");
  expect(keys.filter((key) => !isCacheKey(key))).toEqual([]);
});

/** These are not the target of a call, so no refusal names them. */
const no_targets = ["actor_id", "credit_account_id", "target_id"];

test("the audit log can say what a refused call was about", async () => {
  const functions = await publicFunctions();
  const ids = functions.flatMap(({ parameters }) =>
    parameters.filter((name) => name.endsWith("_id")),
  );
  const unknown = ids.filter(
    (name) => !no_targets.includes(name) && targetOfArguments({ [name]: "x" }) === undefined,
  );
  expect(unknown).toEqual([]);
  const { paths } = JSON.parse(read("openapi.json")) as { paths: object };
  const collections = Object.keys(paths).map((route) => /^\/v1\/([\w-]+)/.exec(route)?.[1] ?? "");
  // There is one ledger. A login, and what a user reads of itself, has no resource.
  const unnamed = collections.filter(
    (name) =>
      !["", "auth", "ledger", "me"].includes(name) &&
      targetOfPath(`/v1/${name}`, null).target_type === name,
  );
  expect(unnamed).toEqual([]);
});
