import { randomUUID } from "node:crypto";
import { Pool } from "pg";
import { afterAll, inject } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import { Bank } from "./bank.ts";

/** Makes banks in databases of their own, for tests that break them; they go with the test file. */
export function ownBanks(): () => Promise<Bank> {
  const run = `edgebank_own_${randomUUID().replaceAll("-", "")}`;
  const maintenance = new Pool({ connectionString: inject("postgres_url"), max: 1 });
  const banks: Bank[] = [];
  let template: Promise<void> | undefined;

  const createTemplate = async (): Promise<void> => {
    await maintenance.query(`create database ${run}`);
    await migrate(urlOf("postgres_url", run));
  };

  afterAll(async () => {
    await Promise.all(banks.map((bank) => bank.close()));
    for (const name of [...banks.map((_, index) => `${run}_${String(index)}`), run])
      await maintenance.query(`drop database if exists ${name} with (force)`);
    await maintenance.end();
  });

  return async () => {
    template ??= createTemplate();
    await template;
    const name = `${run}_${String(banks.length)}`;
    const bank = new Bank({ superuser: urlOf("postgres_url", name), bank_api: urlOf("bank_api_url", name) });
    banks.push(bank);
    await maintenance.query(`create database ${name} template ${run}`);
    return bank;
  };
}

function urlOf(role: "postgres_url" | "bank_api_url", database: string): string {
  const url = new URL(inject(role));
  url.pathname = database;
  return url.href;
}
