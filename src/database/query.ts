/** Sends one statement to Postgres and answers its rows. */
export type Query = (text: string, values: readonly unknown[]) => Promise<readonly object[]>;

/** A little above the `statement_timeout` of the role, which should strike first and says more. */
export const query_timeout_ms = 7_000;
