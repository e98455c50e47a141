import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildWorker } from "../../local/worker/build-worker.ts";
import { killAndCount, type AuditedBank, type Counts } from "../audit/kill-and-count.ts";
import { openPayer } from "../audit/payer.ts";
import { startProofBank } from "../bank/proof-bank.ts";
import { CheckFailure, type Check } from "../check.ts";

const kills_per_round = 5;
const kills_per_attempt = 2;
const attempts_max = 5;

export const killConsumer: Check = {
  name: "kill-consumer",
  shows:
    "SIGKILL of the audit queue's consumer under load, messages twice and out of order: " +
    "each event is stored, once",
  run: async (context) => {
    const directory = await mkdtemp(path.join(tmpdir(), "edgebank-consumer-"));
    const bank = await startProofBank({ seed: context.seed });
    try {
      const bundle = await readFile(path.join(await buildWorker(directory), "worker.js"), "utf8");
      const audited = { context, bank, bundle, payer: await openPayer(bank) };
      const sum = { made: 0, stored: 0, doubled: 0, lost: 0, in_hand: 0, in_hand_stored: 0 };
      const wanted = context.size(10, 150);
      let kills = 0;
      for (; kills < wanted && context.has_time; kills += kills_per_round) {
        const counts = await killAndCount(audited, { kills: kills_per_round, is_hasty: false });
        context.say(JSON.stringify(counts));
        if (counts.lost !== 0 || counts.doubled !== 0)
          throw new CheckFailure("Events are lost or doubled.");
        for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += counts[name];
      }
      return {
        figures: {
          kills,
          "events made": sum.made,
          stored: sum.stored,
          doubled: sum.doubled,
          lost: sum.lost,
          "in the hand of a consumer that was killed": sum.in_hand,
          "of them stored before that": sum.in_hand_stored,
        },
        trials: sum.made,
        caught: [await seeHaste(audited), await seeForgottenIds(audited)],
      };
    } finally {
      await bank.stop();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function seeHaste(audited: AuditedBank): Promise<string> {
  for (let attempt = 0; attempt < attempts_max; attempt += 1) {
    const { lost } = await killAndCount(audited, { kills: kills_per_attempt, is_hasty: true });
    if (lost > 0) return "the consumer acknowledges before it stores";
  }
  throw new CheckFailure("A consumer that loses events was not seen: this check cannot fail.");
}

async function seeForgottenIds(audited: AuditedBank): Promise<string> {
  const { postgres } = audited.bank;
  const [original] = await postgres.sql<{ text: string }>(
    "select pg_get_functiondef('bank_internal.insert_audit_events'::regproc) as text",
  );
  const text = original?.text ?? "";
  const changed = text.replace("select id,", "select bank_internal.new_id(clock_timestamp()),");
  if (changed === text) throw new CheckFailure("insert_audit_events stores the id elsewhere.");
  await postgres.sql(changed);
  for (let attempt = 0; attempt < attempts_max; attempt += 1) {
    const { doubled } = await killAndCount(audited, { kills: kills_per_attempt, is_hasty: false });
    if (doubled > 0) return "events are stored without their ids";
  }
  throw new CheckFailure("Events that are stored twice were not seen: this check cannot fail.");
}
