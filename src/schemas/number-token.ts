/**
 * A JSON number that is written like no integer but reads like one (`1.0`, `1e3`, `9007199254740991.4`), or that
 * is too large to be held exactly. It stands in the parsed body instead of the number, and no schema of an integer
 * takes it.
 */
export class NumberToken {
  readonly source: string;
  readonly value: number;

  constructor(source: string, value: number) {
    this.source = source;
    this.value = value;
  }
}

/** A JSON string that Postgres cannot store as text: with NUL, or half of a surrogate pair. */
export class UnstorableText {}
