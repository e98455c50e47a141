/** Sends one statement to Postgres and returns its rows. */
export type Query = (text: string, values: readonly unknown[]) => Promise<readonly object[]>;

/**
 * A little above the `statement_timeout` of the role, which should come first because its error
 * says more.
 */
export const query_timeout_ms = 7_000;
