import type { RequestContext } from "../services/request-context.ts";

type WaitUntil = RequestContext["waitUntil"];

/**
 * Makes one `waitUntil` of the runtime out of many of a request, because each leaves the runtime
 * objects that only a full garbage collection frees. A promise that rejects is still reported by
 * the runtime.
 */
export function keepAlive(waitUntil: WaitUntil): WaitUntil {
  let count = 0;
  let end: (() => void) | undefined;
  const settle = (): void => {
    count -= 1;
    if (count > 0) return;
    end?.();
    end = undefined;
  };
  return (promise) => {
    count += 1;
    if (end === undefined) waitUntil(new Promise<void>((resolve) => (end = resolve)));
    promise.then(settle, () => {
      waitUntil(promise);
      settle();
    });
  };
}
