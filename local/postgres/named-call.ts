/**
 * The statement that calls a function of schema `bank` with its arguments by name (`p_amount`).
 * Undefined arguments are left out, objects and arrays are sent as JSON, and the actor becomes the
 * composite type `bank.actor`.
 */
export function namedCall(
  name: string,
  named: Readonly<Record<string, unknown>>,
): { text: string; values: unknown[] } {
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  const list = given
    .map(([parameter], index) => namedArgument(parameter, `$${index + 1}`))
    .join(", ");
  return {
    text: `select answer.* from bank.${name}(${list}) as answer`,
    values: given.map(([, value]) =>
      typeof value === "object" && value !== null ? JSON.stringify(value) : value,
    ),
  };
}

function namedArgument(parameter: string, value: string): string {
  return parameter === "p_actor"
    ? `p_actor => jsonb_populate_record(null::bank.actor, ${value}::jsonb)`
    : `${parameter} => ${value}`;
}
