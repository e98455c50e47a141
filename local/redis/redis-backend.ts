/** A reply as Redis gives it. An error inside an array is the result of one command among others. */
export type RedisReply = null | number | string | Uint8Array | RedisReplyError | RedisReply[];

/** What Redis itself answered with an error; its text is kept, for clients look for `NOSCRIPT` in it. */
export class RedisReplyError extends Error {
  override readonly name = "RedisReplyError";
}

/** The backend did not answer at all. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

export type RedisCommand = readonly [name: string, ...rest: string[]];

/** A Redis for the endpoint to stand in front of. Both methods throw `RedisUnavailableError`. */
export interface RedisBackend {
  /** The replies in order; other callers' commands may run in between. */
  runEach(commands: readonly RedisCommand[]): Promise<RedisReply[]>;
  /** As one transaction. @throws {RedisReplyError} when Redis refuses it as a whole (`EXECABORT`). */
  runTogether(commands: readonly RedisCommand[]): Promise<RedisReply[]>;
  close(): Promise<void>;
}
