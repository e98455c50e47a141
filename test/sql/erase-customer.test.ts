import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { unusable_password_hash, type Bank, type CustomerActor } from "../harness/bank.ts";
import { ownBanks } from "../harness/own-banks.ts";
import { sqlState } from "./refusals.ts";

const createBank = ownBanks();

/**
 * A customer who was renamed, by requests with keys, and whose only account is open and has a
 * history.
 */
async function createAda(
  bank: Bank,
): Promise<{ ada: CustomerActor; account_id: string; create: Record<string, unknown> }> {
  const create = {
    p_actor: await bank.admin(),
    p_name: "Ada Lovelace",
    p_email: `Ada.${randomUUID()}@example.com`,
    p_password_hash: unusable_password_hash,
    p_idempotency_key: randomUUID(),
  };
  const { id } = (await bank.call("create_customer", create)).body as { id: string };
  const update = {
    p_customer_id: id,
    p_name: "Ada King-Lovelace",
    p_idempotency_key: randomUUID(),
  };
  await bank.call("update_customer", { p_actor: await bank.admin(), ...update });
  const [user] = await bank.sql<{ id: string; email: string }>(
    "select id, email from bank.users where customer_id = $1",
    [id],
  );
  const ada = {
    user_id: user?.id ?? "",
    email: user?.email ?? "",
    role: "customer",
    customer_id: id,
  } as const;
  const account_id = await bank.createAccount(ada, { balance: 500 });
  await bank.debit(account_id, 500);
  return { ada, account_id, create };
}

const close = async (bank: Bank, p_account_id: string): Promise<unknown> =>
  bank.call("update_account", { p_actor: await bank.admin(), p_account_id, p_status: "closed" });

const erase = (bank: Bank, email: string): Promise<string | null> =>
  bank.value("select bank_internal.erase_customer($1)", [email]);

/** The tables in which some row has a text, whatever its column. */
async function tablesWith(bank: Bank, text: string): Promise<string[]> {
  const tables = await bank.sql<{ name: string }>(
    `select oid::regclass::text as name from pg_class
      where relnamespace in ('bank'::regnamespace, 'bank_internal'::regnamespace)
        and relkind in ('r', 'p')
        and not relispartition order by name`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await bank.sql(
      `select from ${name} as line where line::text ilike '%' || $1 || '%'`,
      [text],
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}

test("an erased customer is named nowhere but in the audit log, cannot log in, and the ledger still verifies", async () => {
  const bank = await createBank();
  const { ada, account_id, create } = await createAda(bank);
  const named_in = ["bank.audit_events", "bank.customers", "bank.idempotency_keys"];
  expect(await tablesWith(bank, "lovelace")).toEqual(named_in);
  expect(await tablesWith(bank, ada.email)).toEqual([
    "bank.customers",
    "bank.idempotency_keys",
    "bank.users",
  ]);
  await close(bank, account_id);
  expect(await erase(bank, ada.email.toUpperCase())).toBe(ada.customer_id);
  expect(await tablesWith(bank, "lovelace")).toEqual(["bank.audit_events"]);
  expect(await tablesWith(bank, ada.email)).toEqual([]);
  expect(await sqlState(bank.call("get_me", { p_actor: ada }))).toBe("EBANK");
  const replayed = await bank.call("create_customer", create);
  expect(replayed).toMatchObject({ replayed: true, body: { id: ada.customer_id, name: "erased" } });
  expect(await bank.verify()).toEqual([]);
});

test("no column of a customer keeps what was written into it", async () => {
  const bank = await createBank();
  const { ada, account_id } = await createAda(bank);
  const [{ columns } = { columns: [] }] = await bank.sql<{ columns: string[] }>(
    `select array_agg(attname::text) as columns from pg_attribute
      where attrelid = 'bank.customers'::regclass and attnum > 0 and not attisdropped
        and attname not in ('id', 'email', 'status', 'created_at', 'updated_at')`,
  );
  for (const column of columns) {
    await bank.sql(`update bank.customers set ${column} = 'written' where id = $1`, [
      ada.customer_id,
    ]);
  }
  await close(bank, account_id);
  await erase(bank, ada.email);
  expect(await tablesWith(bank, "written")).toEqual([]);
});

test("a customer with an open account is not erased, and nothing is changed", async () => {
  const bank = await createBank();
  const { ada } = await createAda(bank);
  const before = await bank.sql("select * from bank.customers, bank.users");
  expect(await sqlState(erase(bank, ada.email))).toBe("23001");
  expect(await bank.sql("select * from bank.customers, bank.users")).toEqual(before);
});

test("an unknown email, that of an admin and one that is erased already are nobody, and nobody else is changed", async () => {
  const bank = await createBank();
  const { ada, account_id } = await createAda(bank);
  const bob = await bank.createCustomer("Bob");
  await close(bank, account_id);
  await erase(bank, ada.email);
  const [admin] = await bank.sql<{ email: string }>(
    "select email from bank.users where role = 'admin'",
  );
  const before = await bank.sql("select * from bank.customers order by id");
  for (const email of [ada.email, admin?.email ?? "", "nobody@example.com"])
    expect(await erase(bank, email)).toBeNull();
  expect(await bank.sql("select * from bank.customers order by id")).toEqual(before);
  expect((await bank.call("get_me", { p_actor: bob })).code).toBeNull();
});
