import { setTimeout as delay } from "node:timers/promises";
import { startProofBank, type ProofBank } from "../bank/proof-bank.ts";
import { CheckFailure, Sum, type Check, type CheckContext } from "../check.ts";
import { checkHistory } from "../checker/check-history.ts";
import { randomNumbers } from "../history/random.ts";
import { profiles } from "../workload/profiles.ts";
import { runRound } from "../workload/run-round.ts";

const kills_per_round = 10;
const load_ms_max = 500;
/** While the server is away, each caller asks a few times and not all the time. */
const pause_after_doubt_ms = 200;
const attempts_max = 5;

export const killPostgres: Check = {
  name: "kill-postgres",
  shows:
    "SIGKILL of the whole PostgreSQL under load: nothing acknowledged " +
    "is lost, nothing happens twice",
  run: async (context) => {
    const bank = await context.bank();
    const sum = new Sum();
    const wanted = context.size(20, 300);
    let kills = 0;
    for (; kills < wanted && context.has_time; kills += kills_per_round) {
      const during = killAgainAndAgain(context, kills_per_round);
      const options = {
        profile: profiles.mixed,
        requests: 0,
        during,
        hang_ups: 2,
        pause_after_doubt_ms,
      };
      sum.add(await context.round(bank, options));
    }
    const caught = await seeLostCommits(context);
    return {
      figures: { kills, ...sum.figures, "lost or doubled": 0 },
      trials: kills,
      caught: [caught],
    };
  },
};

function killAgainAndAgain(
  context: CheckContext,
  kills: number,
): (bank: ProofBank) => Promise<void> {
  const random = randomNumbers(context.nextSeed());
  return async (bank) => {
    for (let kill = 0; kill < kills; kill += 1) {
      await delay(100 + random(load_ms_max));
      await bank.postgres.kill();
      await bank.postgres.startAgain();
      await bank.untilReady();
    }
    await delay(200);
  };
}

/**
 * A server that acknowledges commits before it writes them loses some of them. This check must see
 * that.
 */
async function seeLostCommits(context: CheckContext): Promise<string> {
  const postgres_settings = { synchronous_commit: "off", wal_writer_delay: "10s" };
  const bank = await startProofBank({ seed: context.seed, postgres_settings });
  try {
    for (let attempt = 0; attempt < attempts_max; attempt += 1) {
      const kill = killAgainAndAgain(context, 2);
      const during = async (): Promise<void> => {
        // The users and accounts of the round must survive the kill.
        await bank.postgres.sql("checkpoint");
        await kill(bank);
      };
      const round = await runRound(bank, {
        seed: context.nextSeed(),
        profile: profiles.mixed,
        requests: 0,
        during,
      });
      const { anomalies } = checkHistory(round.events);
      if (anomalies.some(({ name }) => name === "lost write")) return "synchronous_commit = off";
    }
  } finally {
    await bank.stop();
  }
  throw new CheckFailure("synchronous_commit = off was not seen: this check cannot fail.");
}
