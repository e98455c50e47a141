import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { send } from "../bank/http-client.ts";
import type { Actor, ProofBank } from "../bank/proof-bank.ts";
import type { AccountState, Answers, Entry, HistoryEvent, Write } from "../history/event.ts";
import { History } from "../history/history.ts";
import { randomNumbers } from "../history/random.ts";
import { ask, type Asked } from "./ask.ts";
import { nextRequest, remember, type Known } from "./next-request.ts";
import type { Profile } from "./profiles.ts";

export interface RoundOptions {
  readonly seed: number;
  readonly profile: Profile;
  /** The round ends after so many requests … */
  readonly requests: number;
  /** … and not before this has ended. It does something to the bank meanwhile. */
  readonly during?: (bank: ProofBank) => Promise<void>;
  /** Of a hundred writes, how many callers hang up before the answer. */
  readonly hang_ups?: number;
  /** How long a caller waits after an ambiguous answer before its next request. */
  readonly pause_after_doubt_ms?: number;
  /**
   * Whether the bank has the clock of this machine, so that balances as of a time can be asked for.
   */
  readonly is_clock_shared?: boolean;
  /** Ends what was done to the bank, after the last new request. */
  readonly beforeResolving?: () => void;
}

export interface Round {
  readonly events: readonly HistoryEvent[];
  /** Writes whose callers were not told what became of them. */
  readonly ambiguous: number;
  /** The outcomes of these writes. Each item of a batch is one. */
  readonly ambiguous_outcomes: number;
  /** How many of the ambiguous had been carried out before their key was asked again. */
  readonly had_happened: number;
}

const currency = "USD";
const pause_ms_default = 50;
const resolve_rounds_max = 40;
const resolvers = 24;
const statements_at_once = 8;
const page_size = 100;

interface Actors {
  readonly admins: readonly Actor[];
  readonly customers: readonly Actor[];
}

/**
 * Opens accounts, lets callers ask until there are enough requests, resolves each doubt by its key,
 * and reads the end.
 */
export async function runRound(bank: ProofBank, options: RoundOptions): Promise<Round> {
  const history = new History();
  const admins = await Promise.all([bank.createAdmin(), bank.createAdmin(), bank.createAdmin()]);
  const [admin] = admins;
  const opened = await openAccounts(bank, history, options.profile, admin);
  const actors = { admins, customers: [opened.customer] };
  const known: Known = { ...opened, holds: [], transfers: [], asked: [] };

  let is_over = options.during === undefined;
  const during = (options.during?.(bank) ?? Promise.resolve()).finally(() => (is_over = true));
  let asked = 0;
  const doubts = new Map<string, Doubt>();
  const isOver = (): boolean => is_over && asked >= options.requests;
  const callers = Array.from({ length: options.profile.clients }, async (_, client) => {
    const random = randomNumbers(options.seed * 1_000 + client);
    let process = client;
    while (!isOver()) {
      asked += 1;
      const next = nextRequest(
        random,
        options.profile,
        known,
        actors,
        options.is_clock_shared ?? true,
      );
      const hangs_up = next.key !== undefined && random(100) < (options.hang_ups ?? 0);
      const sent = hangs_up ? { ...next, hang_up_after_ms: random(20) } : next;
      noteAsked(known, next);
      const end = await ask(history, bank.worker.url, process, sent);
      learn(known, next, end);
      if (end.type !== "info") continue;
      process += options.profile.clients;
      if (next.key !== undefined)
        noteDoubt(doubts, { ...next, key: next.key, was_sent: wasSent(end) });
      await delay(options.pause_after_doubt_ms ?? pause_ms_default);
    }
  });
  await Promise.all([...callers, during]);
  options.beforeResolving?.();
  await bank.untilReady();
  const had_happened = await resolveDoubts(bank, history, [...doubts.values()]);
  await readAll(bank, history, known, actors);
  const ambiguous = [...doubts.values()].filter(({ was_sent }) => was_sent);
  return {
    events: history.events,
    ambiguous: ambiguous.length,
    ambiguous_outcomes: ambiguous.reduce((sum, { request }) => sum + outcomesOf(request), 0),
    had_happened,
  };
}

type Doubt = Asked & { readonly key: string; readonly was_sent: boolean };

const outcomesOf = (request: Asked["request"]): number =>
  request.f === "batch" ? request.transfers.length : 1;

/** The same request under the same key is one doubt, however many of its callers were not told. */
function noteDoubt(doubts: Map<string, Doubt>, doubt: Doubt): void {
  const identity = JSON.stringify([doubt.actor.scope, doubt.key, doubt.request]);
  const was_sent = doubt.was_sent || doubts.get(identity)?.was_sent === true;
  doubts.set(identity, { ...doubt, was_sent });
}

/** A refused connection has sent nothing, so nothing can have happened. */
const wasSent = ({ value }: Awaited<ReturnType<typeof ask>>): boolean =>
  typeof value !== "string" || !value.includes("ECONNREFUSED");

/** Opening an account is no part of the history, because only what moves money is. */
async function openAccounts(
  bank: ProofBank,
  history: History,
  profile: Profile,
  admin: Actor,
): Promise<{ customer_id: string; account_ids: string[]; customer: Actor }> {
  const create = async (path: string, body: object): Promise<{ id: string }> => {
    const url = `${bank.worker.url}/v1/${path}`;
    const answer = await send({ method: "POST", url, token: admin.token, key: randomUUID(), body });
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as { id: string };
  };
  const email = `customer-${randomUUID()}@edgebank.test`;
  const { id: customer_id } = await create("customers", {
    name: "Ada",
    email,
    password: randomUUID(),
  });
  const [user] = await bank.postgres.sql<{ id: string }>(
    "select id from bank.users where customer_id = $1",
    [customer_id],
  );
  const customer = await bank.signToken({ user_id: user?.id ?? "", role: "customer", customer_id });
  const accounts = await Promise.all(
    Array.from({ length: profile.accounts }, async (_, index) => {
      const overdraft_limit = index % 2 === 0 ? 0 : profile.opening_balance;
      const { id } = await create("accounts", {
        customer_id,
        currency,
        name: `No. ${String(index)}`,
        overdraft_limit,
      });
      return { id, overdraft_limit };
    }),
  );
  history.record({ type: "setup", process: -1, accounts });
  await Promise.all(
    accounts.map(async ({ id: account_id }, index) => {
      const request = { f: "credit", account_id, amount: profile.opening_balance } as const;
      const asked = { actor: admin, request, key: randomUUID() };
      const end = await ask(history, bank.worker.url, -1 - index, asked);
      if (end.type !== "ok")
        throw new Error(`The opening credit was not posted: ${JSON.stringify(end)}`);
    }),
  );
  return { customer_id, customer, account_ids: accounts.map(({ id }) => id) };
}

/** Is called before the answer, so that others send the same request at the same time. */
function noteAsked(known: Known, { actor, request, key }: Asked): void {
  if (key !== undefined) remember(known.asked, { actor, request: request as Write, key });
}

function learn(known: Known, { request, key }: Asked, end: Awaited<ReturnType<typeof ask>>): void {
  if (key === undefined) return;
  if (end.type !== "ok") return;
  if (request.f === "hold") remember(known.holds, end.value as Answers["hold"]);
  if (request.f === "transfer") remember(known.transfers, end.value as Answers["transfer"]);
}

/** Asks each key again until the bank says what became of it. */
async function resolveDoubts(
  bank: ProofBank,
  history: History,
  doubts: readonly Doubt[],
): Promise<number> {
  let had_happened = 0;
  let process = 1_000_000;
  let open = [...doubts];
  for (let round = 0; open.length > 0 && round < resolve_rounds_max; round += 1) {
    const still_open: Doubt[] = [];
    const queue = [...open];
    const resolver = async (): Promise<void> => {
      for (let doubt = queue.pop(); doubt !== undefined; doubt = queue.pop()) {
        const { actor, request, key } = doubt;
        const end = await ask(history, bank.worker.url, (process += 1), { actor, request, key });
        const is_resolved = end.type !== "info" && end.status !== 409 && end.status !== 429;
        if (!is_resolved) still_open.push(doubt);
        else if (end.replayed === true) had_happened += 1;
      }
    };
    await Promise.all(Array.from({ length: resolvers }, resolver));
    open = still_open;
    if (open.length > 0) await delay(200);
  }
  return had_happened;
}

async function readAll(
  bank: ProofBank,
  history: History,
  known: Known,
  { admins }: Actors,
): Promise<void> {
  const token = admins[0]?.token ?? "";
  const get = async <Body>(path: string): Promise<Body> => {
    const answer = await send({ method: "GET", url: `${bank.worker.url}/v1/${path}`, token });
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as Body;
  };
  const { data: accounts } = await get<Answers["read_accounts"]>(
    `accounts?customer_id=${known.customer_id}&limit=100`,
  );
  const readStatement = async (account: AccountState): Promise<void> => {
    const entries: Entry[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { data: Entry[]; next_cursor: string | null } = await get(
        `accounts/${account.id}/entries?limit=${String(page_size)}${more}`,
      );
      entries.push(...page.data);
      cursor = page.next_cursor;
    }
    history.record({ type: "final", process: -1, account, entries: entries.reverse() });
  };
  const unread = [...accounts];
  const reader = async (): Promise<void> => {
    for (let account = unread.pop(); account !== undefined; account = unread.pop())
      await readStatement(account);
  };
  await Promise.all(Array.from({ length: statements_at_once }, reader));
}
