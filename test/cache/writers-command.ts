import { writers_script } from "../../src/cache/scripts.ts";

/** What a command does with the marker of one writer. */
export interface MarkerChange {
  readonly change: string;
  readonly keys: readonly string[];
}

/** What a command to Redis does with writers' markers: nothing, if it is none of theirs. */
export function markerChangesOf(command: readonly string[]): MarkerChange[] {
  const [, script, key_count, ...words] = command;
  if (script !== writers_script) return [];
  const keys = words.slice(0, Number(key_count));
  // After the keys come the time and the lifetime of a marker, and then three words for each one.
  const changes: MarkerChange[] = [];
  for (let at = keys.length + 2; at < words.length; at += 3) {
    changes.push({ change: words[at] ?? "", keys: keys.splice(0, Number(words[at + 2])) });
  }
  return changes;
}

export const isMark = (command: readonly string[]): boolean =>
  markerChangesOf(command).some(({ change }) => change === "mark");

export const isRemoval = (command: readonly string[]): boolean =>
  markerChangesOf(command).some(({ change }) => change === "unmark");
