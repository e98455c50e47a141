/**
 * A JSON number that the API could not answer as it was written: with an exponent or needless zeros
 * (`1.0`, `1e3`), or with more digits than a double holds (`9007199254740991.4`). It replaces the
 * number in the parsed body, and no schema accepts it.
 */
export class NumberToken {}

/** A JSON string that Postgres cannot store as text: with NUL, or with half of a surrogate pair. */
export class UnstorableText {}
