/**
 * A failure that the person at the terminal can act on. Its message is one sentence, printed
 * as it stands and without a stack.
 */
export class ExplainedError extends Error {
  override readonly name = "ExplainedError";
}

/** Prints why a program ends, and returns its exit code. */
export function reportFailure(error: unknown): 1 {
  process.stderr.write(`${describeFailure(error)}\n`);
  return 1;
}

/** One sentence for an explained failure, the stack for a defect. */
export function describeFailure(error: unknown): string {
  if (error instanceof ExplainedError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
