import type { TellerReply, TellerRequest } from "../services/ask-teller.ts";

/** Larger batches gain little, and hold the locks of their accounts longer. */
const batch_transfers_max = 256;
/** Eight batches. A transfer that arrives when so many wait is told to come back later. */
const waiting_transfers_max = 2_048;
/**
 * A transfer that has waited so long is told to come back later, so that a stuck Postgres does not
 * build up a queue.
 */
const waiting_ms_max = 5_000;

export interface WaitingTransfer extends TellerRequest {
  readonly reply: (reply: TellerReply) => void;
  readonly arrived_at: number;
}

export interface TakenTransfers {
  readonly batch: readonly WaitingTransfer[];
  /** These waited too long and were never sent. */
  readonly overdue: readonly WaitingTransfer[];
}

/** The transfers that wait for a teller's next batch, in order of arrival. */
export class WaitingTransfers {
  #transfers: WaitingTransfer[] = [];

  get count(): number {
    return this.#transfers.length;
  }

  /** Returns whether there was room. */
  add(transfer: WaitingTransfer): boolean {
    if (this.#transfers.length >= waiting_transfers_max) return false;
    this.#transfers.push(transfer);
    return true;
  }

  /**
   * Takes out the next batch. A second transfer with the same key keeps waiting, so that it gets
   * the answer of the first.
   */
  take(now: number): TakenTransfers {
    const keys = new Set<string>();
    const batch: WaitingTransfer[] = [];
    const overdue: WaitingTransfer[] = [];
    this.#transfers = this.#transfers.filter((transfer) => {
      if (now - transfer.arrived_at > waiting_ms_max) {
        overdue.push(transfer);
        return false;
      }
      if (batch.length >= batch_transfers_max || keys.has(transfer.scope_and_key)) return true;
      keys.add(transfer.scope_and_key);
      batch.push(transfer);
      return false;
    });
    return { batch, overdue };
  }
}
