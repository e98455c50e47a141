/**
 * A JSON number that would not be answered as it was written: with an exponent or needless zeros (`1.0`, `1e3`), or with more
 * digits than a double holds (`9007199254740991.4`). It stands in the parsed body instead of the number, and no schema
 * takes it.
 */
export class NumberToken {}

/** A JSON string that Postgres cannot store as text: with NUL, or half of a surrogate pair. */
export class UnstorableText {}
