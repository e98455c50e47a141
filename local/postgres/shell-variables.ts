/**
 * The variables that a connection to the user's own server may need: the password and the
 * encryption.
 */
const way_in = /^PG(PASSWORD|PASSFILE|SSL\w*|CHANNELBINDING)$/;

/**
 * Removes the variables that the shell gives to Postgres' clients. The embedded server is reached
 * by its URL alone, and a `PGSSLMODE` meant for another server would make the connection fail. For
 * the user's own server only the password and the encryption stay, because `PGOPTIONS` would
 * override the limits of the Worker's role.
 */
export function forgetPostgresVariables(
  environment: NodeJS.ProcessEnv,
  is_server_named: boolean,
): void {
  for (const name of Object.keys(environment)) {
    if (!name.startsWith("PG") || (is_server_named && way_in.test(name))) continue;
    // The name was read from the object itself.
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    delete environment[name];
  }
}

/**
 * Names the variables of the shell that are used with `DATABASE_URL`, for a message: ` with
 * PGSSLMODE`, or nothing.
 */
export function nameWayIn(environment: NodeJS.ProcessEnv): string {
  const names = Object.keys(environment).filter((name) => way_in.test(name));
  return names.length === 0 ? "" : ` with ${names.sort().join(" and ")}`;
}
