import type { TellerReply, TellerRequest } from "../services/ask-teller.ts";

/** Larger batches gain little and hold their accounts' locks longer. */
const batch_transfers_max = 256;
/** Eight batches: whoever comes then is better told to come later. */
const waiting_transfers_max = 2_048;
/** Whoever has waited so long is told to come later instead: a stuck Postgres must not make a queue of the impatient. */
const waiting_ms_max = 5_000;

export interface WaitingTransfer extends TellerRequest {
  readonly reply: (reply: TellerReply) => void;
  readonly arrived_at: number;
}

export interface TakenTransfers {
  readonly batch: readonly WaitingTransfer[];
  /** They have waited too long and were never sent. */
  readonly overdue: readonly WaitingTransfer[];
}

/** The transfers that wait for a teller's next batch, in the order in which they came. */
export class WaitingTransfers {
  #transfers: WaitingTransfer[] = [];

  get count(): number {
    return this.#transfers.length;
  }

  /** Says whether there was room. */
  add(transfer: WaitingTransfer): boolean {
    if (this.#transfers.length >= waiting_transfers_max) return false;
    this.#transfers.push(transfer);
    return true;
  }

  /** Takes the next batch out. A second transfer with a key of the batch waits on: then it gets the first one's answer. */
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
