import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { Pool } from "pg";
import type { Database } from "../src/database/call.ts";
import { openPostgresPool } from "../src/runtimes/postgres-pool.ts";
import { postBatch } from "../src/tellers/post-batch.ts";
import { WaitingTransfers } from "../src/tellers/waiting-transfers.ts";
import type { TellerReply } from "../src/services/ask-teller.ts";

/** One transfer, from the request to its answer. */
export type Transfer = (legs: {
  debit_account_id: string;
  credit_account_id: string;
}) => Promise<void>;

/** 16 is also the default of the Worker's setting `TELLER_COUNT`. */
const tellers = Number(process.env["TELLER_COUNT"] ?? 16);
/** A pool in front of Postgres has about as many connections, whatever the number of callers. */
const single_connections_max = 64;

/** Makes one call for each transfer, over connections that are open already. */
export function openSingles(
  url: string,
  actor: string,
): { transfer: Transfer; stop: () => Promise<void> } {
  const pool = new Pool({ connectionString: url, max: single_connections_max });
  pool.on("error", () => undefined);
  const text = `select now(), answer.code, answer.body, answer.replayed, answer.changed
                  from bank.create_transfer($1, $2, $3, $4, 1) as answer`;
  const transfer: Transfer = async ({ debit_account_id, credit_account_id }) => {
    const values = [actor, randomUUID(), debit_account_id, credit_account_id];
    const { rows } = await pool.query<{ code: string | null }>(text, values);
    if (rows[0]?.code !== null) throw new Error(`declined: ${String(rows[0]?.code)}`);
  };
  return { transfer, stop: () => pool.end() };
}

/** The queue and the call of a teller, without the Durable Object around them. */
class GatheringTeller {
  readonly #waiting = new WaitingTransfers();
  readonly #connection: Database;
  #is_posting = false;

  constructor(connection: Database) {
    this.#connection = connection;
  }

  ask(scope_and_key: string, text: string): Promise<TellerReply> {
    return new Promise((reply) => {
      this.#waiting.add({ scope_and_key, text, reply, arrived_at: Date.now() });
      if (!this.#is_posting) void this.#post();
    });
  }

  async #post(): Promise<void> {
    this.#is_posting = true;
    while (this.#waiting.count > 0) {
      const { batch } = this.#waiting.take(Date.now());
      const answers = await postBatch(this.#connection, batch);
      for (const [index, { reply }] of batch.entries()) {
        const answer = answers[index];
        reply(answer?.body == null ? { kind: "alone" } : { kind: "answered", answer });
      }
    }
    this.#is_posting = false;
  }
}

export function openTellers(
  url: string,
  user_id: string,
): { transfer: Transfer; stop: () => Promise<void> } {
  // Each teller has one connection.
  const pools = Array.from({ length: tellers }, () => openPostgresPool(url, 1));
  const all = pools.map(({ query }) => new GatheringTeller({ query, elapsed_ms: 0 }));
  const transfer: Transfer = async (legs) => {
    const idempotency_key = randomUUID();
    const actor = { user_id, role: "admin", customer_id: null, request_id: "bench", ip: null };
    const text = JSON.stringify({ ...actor, ...legs, idempotency_key, amount: 1 });
    const teller = all[Number.parseInt(legs.credit_account_id.slice(-8), 16) % tellers];
    const reply = await teller?.ask(`${user_id} ${idempotency_key}`, text);
    if (reply?.kind !== "answered" || reply.answer.code !== null)
      throw new Error(JSON.stringify(reply));
  };
  const stop = async (): Promise<void> => {
    for (const pool of pools) await pool.close();
  };
  return { transfer, stop };
}

/** Sends each transfer to the Worker. */
export function openHttp(
  url: string,
  token: string,
): { transfer: Transfer; stop: () => Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const transfer: Transfer = (legs) =>
    new Promise((resolve, reject) => {
      const sent = request(
        `${url}/v1/transfers`,
        { method: "POST", agent, headers: { ...headers, "Idempotency-Key": randomUUID() } },
        (response) => {
          response.resume();
          response.on("end", () => {
            if (response.statusCode === 201) resolve();
            else reject(new Error(`answered ${String(response.statusCode)}`));
          });
        },
      );
      sent.on("error", reject);
      sent.end(JSON.stringify({ ...legs, amount: 1 }));
    });
  return { transfer, stop: async () => agent.destroy() };
}
