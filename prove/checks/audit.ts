import { setTimeout as delay } from "node:timers/promises";
import { openPayer, pay, type Payer } from "../audit/payer.ts";
import { untilStored } from "../audit/stored-events.ts";
import { table_faults, type TableFault } from "../audit/table-faults.ts";
import { startProofBank, type ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure, type Check, type CheckContext } from "../check.ts";

const callers = 150;
const warm_up_ms = 3_000;
/** Of what the machine can do. At more, the p99 would only show how busy the machine is. */
const load = 1 / 3;
/** The consumer of the queue fails within each of them too. */
const round_ms = 4_000;
/** Rounds with the fault, each between two without it. More only if the machine is not quiet. */
const rounds_of_fault = { least: 3, most: 9 };
/** What the fault may add to the p99. */
const added_ms_max = 100;

export const audit: Check = {
  name: "audit",
  shows:
    "The audit table locked, full, refusing or gone: 150 callers all post, none waits for it, " +
    "and each missed event is there later, once",
  run: async (context) => {
    const bank = await startProofBank({ seed: context.seed });
    try {
      const payer = await openPayer(bank);
      const per_second = Math.ceil(load * (await transfersPerSecond(bank, payer)));
      const added: Record<string, number> = {};
      const posted: string[] = [];
      for (const fault of table_faults) {
        const measured = await measure(context, bank, payer, { fault, per_second });
        posted.push(...measured.ids);
        const added_ms = addedBy(measured);
        const calm_ms = median(measured.calm_ms).toFixed(0);
        added[`ms more at p99 when ${fault.name} (of ${calm_ms})`] = added_ms;
        if (added_ms > added_ms_max)
          throw new CheckFailure(`${fault.name}: the p99 is ${String(added_ms)} ms higher.`);
      }
      const caught = await seeWaits(context, bank, payer, { per_second });
      const seconds = await untilStored(context, bank, payer, posted);
      return {
        figures: {
          "transfers posted": posted.length,
          "a second": per_second,
          refused: 0,
          ...added,
          "events missing or double": 0,
          "s until all were there": seconds,
        },
        trials: posted.length,
        caught: [caught],
      };
    } finally {
      await bank.stop();
    }
  },
};

interface Measuring {
  readonly fault: TableFault;
  readonly per_second: number;
  readonly rounds?: { readonly least: number; readonly most: number };
}

interface Measured {
  /** The p99 of each round. */
  readonly calm_ms: number[];
  readonly broken_ms: number[];
  /** The transfers. */
  readonly ids: string[];
}

const addedBy = ({ calm_ms, broken_ms }: Measured): number =>
  Math.round(median(broken_ms) - median(calm_ms));

/** Rounds without the fault and with it in turn, because the speed of a machine changes. */
async function measure(
  context: CheckContext,
  bank: ProofBank,
  payer: Payer,
  { fault, per_second, rounds = rounds_of_fault }: Measuring,
): Promise<Measured> {
  const measured: Measured = { calm_ms: [], broken_ms: [], ids: [] };
  const options = { per_second, for_ms: context.size(round_ms, 2 * round_ms) };
  const round = async (into: number[]): Promise<void> => {
    const { p99_ms, ids } = await payEvenly(bank, payer, options);
    into.push(p99_ms);
    measured.ids.push(...ids);
  };
  await round(measured.calm_ms);
  for (let index = 0; index < rounds.most; index += 1) {
    if (index >= rounds.least && addedBy(measured) <= added_ms_max) break;
    const mend = await fault.begin(bank);
    await round(measured.broken_ms);
    await mend();
    await round(measured.calm_ms);
  }
  const show = (values: readonly number[]): string => values.map(Math.round).join(", ");
  context.say(
    `${fault.name}: p99 ${show(measured.broken_ms)} ms, without ${show(measured.calm_ms)} ms`,
  );
  return measured;
}

/** With a longer lock timeout, transfers wait for the locked table. This check must see that. */
async function seeWaits(
  context: CheckContext,
  bank: ProofBank,
  payer: Payer,
  { per_second }: { readonly per_second: number },
): Promise<string> {
  const [original] = await bank.postgres.sql<{ text: string }>(
    "select pg_get_functiondef('bank_internal.post_transfer'::regproc) as text",
  );
  const text = original?.text ?? "";
  const changed = text.replace("'lock_timeout', '1ms'", "'lock_timeout', '1s'");
  if (changed === text) throw new CheckFailure("post_transfer sets its lock timeout elsewhere.");
  const fault = table_faults.find(({ name }) => name === "locked");
  if (fault === undefined) throw new CheckFailure("No fault locks the table.");
  await bank.postgres.sql(changed);
  const rounds = { least: 2, most: 2 };
  const measured = await measure(context, bank, payer, { fault, per_second, rounds });
  await bank.postgres.sql(text);
  if (addedBy(measured) <= added_ms_max)
    throw new CheckFailure("A wait of a second was not seen: this check cannot fail.");
  return "the audit event waits for its table";
}

async function transfersPerSecond(bank: ProofBank, payer: Payer): Promise<number> {
  const began_at = performance.now();
  let count = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < began_at + warm_up_ms) {
      await pay(bank, payer);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (count * 1_000) / (performance.now() - began_at);
}

/**
 * All callers pay from one account into another, each at its own times. A caller that is late,
 * because its last transfer took too long, has waited since then.
 */
async function payEvenly(
  bank: ProofBank,
  payer: Payer,
  { per_second, for_ms }: { readonly per_second: number; readonly for_ms: number },
): Promise<{ p99_ms: number; ids: string[] }> {
  const began_at = performance.now();
  const latencies_ms: number[] = [];
  const ids: string[] = [];
  const caller = async (_: unknown, index: number): Promise<void> => {
    for (let turn = index; (turn * 1_000) / per_second < for_ms; turn += callers) {
      const due_at = began_at + (turn * 1_000) / per_second;
      await delay(Math.max(0, due_at - performance.now()));
      ids.push(await pay(bank, payer));
      latencies_ms.push(performance.now() - due_at);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  latencies_ms.sort((a, b) => a - b);
  return { p99_ms: latencies_ms[Math.floor(latencies_ms.length * 0.99)] ?? 0, ids };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
