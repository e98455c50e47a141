/** A reply of Redis. An error inside an array is the result of one command among others. */
export type RedisReply = null | number | string | Uint8Array | RedisReplyError | RedisReply[];

/** An error that Redis answered. Its text is kept, because clients look for `NOSCRIPT` in it. */
export class RedisReplyError extends Error {
  override readonly name = "RedisReplyError";
}

/** The backend did not answer at all. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

export type RedisCommand = readonly [name: string, ...rest: string[]];

/** The Redis behind the endpoint. Both methods throw `RedisUnavailableError`. */
export interface RedisBackend {
  /** Returns the replies in order. Commands of other callers may run in between. */
  runEach(commands: readonly RedisCommand[]): Promise<RedisReply[]>;
  /**
   * Runs the commands as one transaction.
   * @throws {RedisReplyError} when Redis refuses all of it (`EXECABORT`).
   */
  runTogether(commands: readonly RedisCommand[]): Promise<RedisReply[]>;
  close(): Promise<void>;
}
