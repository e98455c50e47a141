import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { send } from "../bank/http-client.ts";
import { startProofBank, type Actor, type ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure, type Check, type CheckContext } from "../check.ts";

const callers = 150;
/**
 * Long enough for the first delivery of the queue. Its consumer fails then, and tries again half a
 * minute later.
 */
const fault_ms_min = 6_000;
const stored_within_ms = 150_000;
/** Rounds with the fault, each between two without it. */
const rounds_per_fault = 3;
/**
 * What the fault may add to the p99. Only the long form judges it, because it needs a quiet
 * machine.
 */
const added_ms_max = 100;

interface AuditFault {
  readonly name: string;
  /** Returns the function that repairs it. */
  readonly begin: (bank: ProofBank) => Promise<() => Promise<unknown>>;
}

const refuse = `
  create function public.refuse() returns trigger language plpgsql as $$
    begin raise exception using errcode = 'disk_full'; end $$;
  create trigger refuse before insert on bank.audit_events
    for each row execute function public.refuse()`;

const faults: readonly AuditFault[] = [
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
  {
    name: "full",
    begin: async ({ postgres }) => {
      await postgres.sql(refuse);
      return () =>
        postgres.sql("drop trigger refuse on bank.audit_events; drop function public.refuse()");
    },
  },
  {
    name: "gone",
    begin: async ({ postgres }) => {
      await postgres.sql("alter table bank.audit_events rename to elsewhere");
      return () => postgres.sql("alter table bank.elsewhere rename to audit_events");
    },
  },
];

export const audit: Check = {
  name: "audit",
  shows:
    "The audit table locked, full or gone: 150 callers all post, and each " +
    "missed event is there later, once",
  run: async (context) => {
    const bank = await startProofBank({ seed: context.seed });
    try {
      const payer = await openPayer(bank);
      await pay(bank, payer, { transfers: callers * 4, at_least_ms: 0 });
      const added: Record<string, number> = {};
      const posted: string[] = [];
      for (const fault of faults) {
        const { calm_ms, broken_ms, ids } = await payAlternately(
          bank,
          payer,
          fault,
          context.size(450, 1_500),
        );
        posted.push(...ids);
        const added_ms = Math.round(median(broken_ms) - median(calm_ms));
        added[`ms more at p99 when ${fault.name} (of ${median(calm_ms).toFixed(0)})`] = added_ms;
        context.say(
          `${fault.name}: p99 ${broken_ms.map(Math.round).join(", ")} ms, without ` +
            `${calm_ms.map(Math.round).join(", ")} ms`,
        );
        if (context.is_full && added_ms > added_ms_max)
          throw new CheckFailure(
            `${fault.name}: the p99 is ${String(added_ms)} ms higher. Is the machine quiet?`,
          );
      }
      const seconds = await untilStored(context, bank, payer, posted);
      return {
        figures: {
          "transfers posted": posted.length,
          refused: 0,
          ...added,
          "events missing or double": 0,
          "s until all were there": seconds,
        },
        trials: posted.length,
      };
    } finally {
      await bank.stop();
    }
  },
};

/**
 * Rounds without the fault and with it in turn. Returns the p99 of each round, and the transfers.
 */
async function payAlternately(
  bank: ProofBank,
  payer: Payer,
  { begin }: AuditFault,
  transfers: number,
): Promise<{ calm_ms: number[]; broken_ms: number[]; ids: string[] }> {
  const [calm_ms, broken_ms, ids]: [number[], number[], string[]] = [[], [], []];
  const round = async (at_least_ms: number): Promise<number> => {
    const { posted, latencies_ms } = await pay(bank, payer, { transfers, at_least_ms });
    ids.push(...posted);
    return p99(latencies_ms);
  };
  for (let index = 0; index < rounds_per_fault; index += 1) {
    calm_ms.push(await round(0));
    const mend = await begin(bank);
    broken_ms.push(await round(index === 0 ? fault_ms_min : 0));
    await mend();
  }
  calm_ms.push(await round(0));
  return { calm_ms, broken_ms, ids };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

interface Payer {
  readonly actor: Actor;
  readonly admin: Actor;
  readonly from: string;
  readonly to: string;
}

async function openPayer(bank: ProofBank): Promise<Payer> {
  const admin = await bank.createAdmin();
  const create = async (path: string, body: object): Promise<string> => {
    const url = `${bank.worker.url}/v1/${path}`;
    const answer = await send({ method: "POST", url, token: admin.token, key: randomUUID(), body });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return (answer.body as { id: string }).id;
  };
  const email = `customer-${randomUUID()}@edgebank.test`;
  const customer_id = await create("customers", { name: "Ada", email, password: randomUUID() });
  const [user] = await bank.postgres.sql<{ id: string }>(
    "select id from bank.users where customer_id = $1",
    [customer_id],
  );
  const account = {
    customer_id,
    currency: "USD",
    name: "Checking",
    overdraft_limit: 1_000_000_000,
  };
  return {
    admin,
    actor: await bank.signToken({ user_id: user?.id ?? "", role: "customer", customer_id }),
    from: await create("accounts", account),
    to: await create("accounts", account),
  };
}

/** All callers pay from one account into another. Anything but 201 ends the check. */
async function pay(
  bank: ProofBank,
  { actor, from, to }: Payer,
  { transfers, at_least_ms }: { readonly transfers: number; readonly at_least_ms: number },
): Promise<{ posted: string[]; latencies_ms: number[] }> {
  const began_at = performance.now();
  const posted: string[] = [];
  const latencies_ms: number[] = [];
  let asked = 0;
  const caller = async (): Promise<void> => {
    while (asked < transfers || performance.now() < began_at + at_least_ms) {
      asked += 1;
      const asked_at = performance.now();
      const answer = await send({
        method: "POST",
        url: `${bank.worker.url}/v1/transfers`,
        token: actor.token,
        key: randomUUID(),
        body: { debit_account_id: from, credit_account_id: to, amount: 1 },
      });
      if (answer.status !== 201)
        throw new CheckFailure(`A transfer was answered ${JSON.stringify(answer.body)}`);
      latencies_ms.push(performance.now() - asked_at);
      posted.push((answer.body as { id: string }).id);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { posted, latencies_ms };
}

function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}

/**
 * Reads the audit log over HTTP until each transfer has its event. A second event of one transfer
 * fails the check.
 */
async function untilStored(
  context: CheckContext,
  bank: ProofBank,
  payer: Payer,
  posted: readonly string[],
): Promise<number> {
  const began_at = performance.now();
  for (;;) {
    const events = await readEvents(bank, payer);
    const missing = posted.filter((id) => events.get(id) === undefined).length;
    const doubled = posted.filter((id) => (events.get(id) ?? 0) > 1).length;
    if (doubled > 0)
      throw new CheckFailure(`${String(doubled)} transfers have more than one event.`);
    const waited_ms = performance.now() - began_at;
    if (missing === 0) return Math.round(waited_ms / 1_000);
    context.say(`${String(missing)} of ${String(posted.length)} events are not there yet`);
    if (waited_ms > stored_within_ms)
      throw new CheckFailure(`${String(missing)} events are missing for good.`);
    await delay(5_000);
  }
}

async function readEvents(bank: ProofBank, { actor, admin }: Payer): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let cursor: string | null = "";
  while (cursor !== null) {
    const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const filter = `actor_id=${actor.user_id}&action=transfer.create&limit=100${more}`;
    const url = `${bank.worker.url}/v1/audit-events?${filter}`;
    const answer = await send({ method: "GET", url, token: admin.token });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    const page = answer.body as { data: { target_id: string }[]; next_cursor: string | null };
    for (const { target_id } of page.data) counts.set(target_id, (counts.get(target_id) ?? 0) + 1);
    cursor = page.next_cursor;
  }
  return counts;
}
