/** What may be needed to reach a server that the user has named: who one is, and how the way there is encrypted. */
const way_in = /^PG(PASSWORD|PASSFILE|SSL\w*|CHANNELBINDING)$/;

/**
 * Forgets what the shell tells Postgres' clients. A server of our own is reached by its URL alone, and a `PGSSLMODE`
 * meant for another one would keep us out. On a server that the user has named, only what opens the door stays:
 * `PGOPTIONS` would go over the limits of the Worker's role.
 */
export function forgetPostgresVariables(environment: NodeJS.ProcessEnv, is_server_named: boolean): void {
  for (const name of Object.keys(environment)) {
    if (!name.startsWith("PG") || (is_server_named && way_in.test(name))) continue;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name was read from the object itself
    delete environment[name];
  }
}

/** The variables of the shell that count beside `DATABASE_URL`, for a message: ` with PGSSLMODE`, or nothing. */
export function nameWayIn(environment: NodeJS.ProcessEnv): string {
  const names = Object.keys(environment).filter((name) => way_in.test(name));
  return names.length === 0 ? "" : ` with ${names.sort().join(" and ")}`;
}
