import { startProofBank } from "../bank/proof-bank.ts";
import type { Check, CheckContext } from "../check.ts";
import { randomNumbers } from "../history/random.ts";
import { brokenBodies, jsonTestSuite, oversizedBodies, slowBodies } from "../hostile/bodies.ts";
import { foreignIds } from "../hostile/foreign-ids.ts";
import {
  openHostileBank,
  requireUnchanged,
  requireWholeLedger,
  stateOf,
} from "../hostile/hostile-bank.ts";
import { Judge, type Probe } from "../hostile/judge.ts";
import {
  bodiesWithOneWrongField,
  lookAtPlace,
  queriesWithOneWrongField,
  wrongKeys,
} from "../hostile/one-field-invalid.ts";
import { hostileTexts, lookAtText } from "../hostile/strings.ts";
import { forgedTokens } from "../hostile/tokens.ts";

export const hostileInput: Check = {
  name: "hostile-input",
  shows:
    "Bad input is refused with a problem document, changes nothing, and " +
    "shows nothing of anybody else's",
  run: async (context) => {
    const bank = await startProofBank({ seed: context.seed });
    try {
      const target = await openHostileBank(bank);
      const judge = new Judge(target);
      const before = await stateOf(target);
      const figures = await refused(context, judge);
      await requireUnchanged(target, before);
      figures["of texts, refused or kept to the letter"] = await part(judge, async () => {
        const texts = hostileTexts(target, context.size(24, 1));
        await judge.askAll(untilOver(texts, context.left_ms), lookAtText(judge));
      });
      await requireWholeLedger(target);
      return {
        figures: {
          "bad inputs": judge.asked,
          ...figures,
          "answers of 5xx": 0,
          changes: 0,
          "foreign data shown": 0,
        },
        trials: judge.asked,
      };
    } finally {
      await bank.stop();
    }
  },
};

/** Sends everything that must be refused. Returns how many requests of each kind there were. */
async function refused(context: CheckContext, judge: Judge): Promise<Record<string, number>> {
  const { target } = judge;
  const figures: Record<string, number> = {};
  const ask = async (
    name: string,
    probes: Iterable<Probe>,
    look?: Parameters<Judge["askAll"]>[1],
  ) => {
    figures[name] = await part(judge, () => judge.askAll(probes, look));
    context.say(`${name}: ${String(figures[name])}`);
  };
  const { tokens, probes } = await forgedTokens(target);
  await ask(`of ${String(tokens)} forged tokens`, probes);
  figures["of foreign ids"] = await part(judge, () => foreignIds(judge, target));
  context.say(`foreign ids: ${String(figures["of foreign ids"])}`);
  await ask("of one wrong member", bodiesWithOneWrongField(target), lookAtPlace(judge));
  await ask("of one wrong query", queriesWithOneWrongField(target));
  await ask("of a wrong key", wrongKeys(target));
  await ask("of JSONTestSuite", jsonTestSuite(target));
  await ask("of bodies too large or of another type", oversizedBodies(target));
  const random = randomNumbers(context.nextSeed());
  const broken = brokenBodies(target, random, context.size(2_000, 50_000));
  await ask("of broken bytes", untilOver(broken, context.left_ms / 2));
  figures["of bodies that never end"] = await slowBodies(target, async () =>
    judge.ask({
      what: "a quick question",
      method: "GET",
      path: "/v1/me",
      token: target.ada.actor.token,
      expected: 200,
    }),
  );
  judge.requireNoComplaint();
  return figures;
}

/**
 * As many as there is time for. Only the two kinds with the most requests are cut short, and only
 * with `--minutes`.
 */
function* untilOver(probes: Iterable<Probe>, limit_ms: number): Generator<Probe> {
  const over_at = performance.now() + limit_ms;
  for (const probe of probes) {
    if (performance.now() > over_at) return;
    yield probe;
  }
}

async function part(judge: Judge, run: () => Promise<unknown>): Promise<number> {
  const asked = judge.asked;
  await run();
  judge.requireNoComplaint();
  return judge.asked - asked;
}
