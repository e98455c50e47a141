/**
 * Cycles by Adya's names, as Jepsen's Elle gives them; `-realtime` when an answer came before the
 * question.
 */
export type CycleName =
  | "G0"
  | "G1c"
  | "G-single"
  | "G2-item"
  | "G0-realtime"
  | "G1c-realtime"
  | "stale read"
  | "G2-item-realtime";

export type AnomalyName =
  | CycleName
  | "aborted read"
  | "intermediate read"
  | "impossible read"
  | "wrong read"
  | "wrong held"
  | "wrong total"
  | "wrong balance at a time"
  | "lost write"
  | "torn transfer"
  | "phantom entry"
  | "duplicate effect"
  | "wrong entry"
  | "lost update"
  | "version gap"
  | "wrong order of time"
  | "broken hash chain"
  | "wrong final state"
  | "limit exceeded"
  | "unjustified decline"
  | "batch not atomic"
  | "hold ended twice"
  | "capture exceeds hold"
  | "reversal exceeds transfer"
  | "other body accepted"
  | "unstable replay"
  | "unresolved"
  | "unexpected refusal"
  | "server error"
  | "empty history";

export interface Anomaly {
  readonly name: AnomalyName;
  readonly detail: string;
}

export type Report = (name: AnomalyName, detail: string) => void;
