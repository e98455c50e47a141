export class TimedOut extends Error {
  override readonly name = "TimedOut";
}

/**
 * Waits for a result for a limited time. A result or an error that comes later is ignored.
 *
 * Throws `TimedOut`, and what the promise rejects with.
 */
export async function inTime<Result>(awaited: Promise<Result>, limit_ms: number): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TimedOut(`There was no result after ${String(limit_ms)} ms.`));
    }, limit_ms);
  });
  try {
    // The race also handles an error that comes after its end.
    return await Promise.race([awaited, expired]);
  } finally {
    clearTimeout(timer);
  }
}
