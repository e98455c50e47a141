/** The columns of a row as Postgres writes them, in the order of the statement. */
export type Row = readonly (string | null)[];

export type Value = string | number | boolean | null;

/** For drivers that would make other types of what Postgres writes. */
export const text_types = { getTypeParser: () => String };

/** Sends one statement to Postgres and returns its rows. */
export type Query = (text: string, values: readonly Value[]) => Promise<readonly Row[]>;

/**
 * A little above the `statement_timeout` of the role, which should come first because its error
 * says more.
 */
export const query_timeout_ms = 7_000;

/**
 * Whether Postgres has refused the statement and nothing else. The connection is still good then,
 * and after any other error it is not: a late answer could arrive on it.
 */
export const isStatementError = (error: unknown): boolean =>
  (error as { severity?: unknown }).severity === "ERROR";
