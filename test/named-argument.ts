/** An argument by its name. Who acts is sent as JSON and is a composite type on the other side. */
export function namedArgument(name: string, position: number): string {
  const value = `$${String(position)}`;
  return name === "p_actor"
    ? `p_actor => jsonb_populate_record(null::bank.actor, ${value}::jsonb)`
    : `${name} => ${value}`;
}
