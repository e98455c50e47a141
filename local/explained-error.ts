/**
 * A failure that the person at the terminal can act on. Its message is one sentence. It is printed
 * as it is, without a stack.
 */
export class ExplainedError extends Error {
  override readonly name = "ExplainedError";
}

/** Prints why a program ends, and returns its exit code. */
export function reportFailure(error: unknown): 1 {
  process.stderr.write(`${describeFailure(error)}\n`);
  return 1;
}

/** Returns one sentence for an explained failure, and the stack for a defect. */
export function describeFailure(error: unknown): string {
  if (error instanceof ExplainedError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

/**
 * Returns the message of an error. A host with two addresses fails with one for each address, and
 * none of its own.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
