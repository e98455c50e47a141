import { createHash } from "node:crypto";
import type { RedisCommand, RedisReply } from "./redis-backend.ts";

/**
 * Scripts of `@upstash/ratelimit` begin with `#!lua flags=allow-key-locking`. Only Upstash knows
 * this flag, so it is removed. A client names a script by the sha1 of the text that it sent, so
 * both names of the script are remembered.
 */
export class UpstashScripts {
  readonly #sent_to_stored = new Map<string, string>();
  /** The text of each script as it was sent, with the text that Redis gets. */
  readonly #texts = new Map<string, string>();

  /** The command as a plain Redis understands it. */
  translate(command: RedisCommand): RedisCommand {
    const [name, first, second, ...rest] = command;
    const upper_name = name.toUpperCase();
    if (
      (upper_name === "EVAL" || upper_name === "EVAL_RO") &&
      first !== undefined &&
      second !== undefined
    ) {
      return [name, this.#store(first), second, ...rest];
    }
    if (
      (upper_name === "EVALSHA" || upper_name === "EVALSHA_RO") &&
      first !== undefined &&
      second !== undefined
    ) {
      return [name, this.#stored(first), second, ...rest];
    }
    if (upper_name === "SCRIPT" && first?.toUpperCase() === "LOAD" && second !== undefined) {
      return [name, first, this.#store(second)];
    }
    if (upper_name === "SCRIPT" && first?.toUpperCase() === "EXISTS") {
      return [
        name,
        first,
        ...[second, ...rest].filter((hash) => hash !== undefined).map((hash) => this.#stored(hash)),
      ];
    }
    return command;
  }

  /** `SCRIPT LOAD` answers the sha1 of the text that the client sent. */
  translateReply([name, first, second]: RedisCommand, reply: RedisReply): RedisReply {
    const is_load = name.toUpperCase() === "SCRIPT" && first?.toUpperCase() === "LOAD";
    const is_hash = typeof reply === "string" || reply instanceof Uint8Array;
    return is_load && is_hash && second !== undefined ? sha1(second) : reply;
  }

  #store(script: string): string {
    let stored = this.#texts.get(script);
    if (stored === undefined) {
      stored = withoutKeyLockingFlag(script);
      this.#texts.set(script, stored);
      if (stored !== script) this.#sent_to_stored.set(sha1(script), sha1(stored));
    }
    return stored;
  }

  #stored(hash: string): string {
    return this.#sent_to_stored.get(hash.toLowerCase()) ?? hash;
  }
}

/**
 * Removes `allow-key-locking` from the first line, and the whole line when nothing else is left in
 * it.
 */
export function withoutKeyLockingFlag(script: string): string {
  const first_line = /^#!lua[^\n]*/.exec(script)?.[0];
  if (!first_line?.includes("allow-key-locking")) return script;
  const rest = script.slice(first_line.length);
  const words = first_line.split(/\s+/).flatMap((word) => {
    if (!word.startsWith("flags=")) return [word];
    const flags = word.slice("flags=".length).split(",");
    const others = flags.filter((flag) => flag !== "allow-key-locking");
    return others.length === 0 ? [] : [`flags=${others.join(",")}`];
  });
  return words.length === 1 ? rest.replace(/^\n/, "") : words.join(" ") + rest;
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
