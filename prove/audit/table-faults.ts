import type { ProofBank } from "../bank/proof-bank.ts";

/** What can be wrong with the audit table. */
export interface TableFault {
  readonly name: string;
  /** Returns the function that repairs it. */
  readonly begin: (bank: ProofBank) => Promise<() => Promise<unknown>>;
}

const fault = (name: string, breaking: string, mending: string): TableFault => ({
  name,
  begin: async ({ postgres }) => {
    await postgres.sql(breaking);
    return () => postgres.sql(mending);
  },
});

const raising = (errcode: string): string => `
  create function public.refuse() returns trigger language plpgsql as $$
    begin raise exception using errcode = '${errcode}'; end $$;`;

export const table_faults: readonly TableFault[] = [
  {
    name: "locked",
    begin: async ({ postgres }) => {
      const client = await postgres.connect();
      await client.query("begin; lock table bank.audit_events in access exclusive mode");
      return async () => {
        await client.query("rollback");
        await client.end();
      };
    },
  },
  fault(
    "full",
    `${raising("disk_full")} create trigger refuse before insert on bank.audit_events
       for each row execute function public.refuse()`,
    "drop trigger refuse on bank.audit_events; drop function public.refuse()",
  ),
  fault(
    "refusing at the commit",
    `${raising("check_violation")} create constraint trigger refuse
       after insert on bank.audit_events deferrable initially deferred
       for each row execute function public.refuse()`,
    "drop trigger refuse on bank.audit_events; drop function public.refuse()",
  ),
  fault(
    "gone",
    "alter table bank.audit_events rename to elsewhere",
    "alter table bank.elsewhere rename to audit_events",
  ),
];
