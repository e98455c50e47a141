import { expect, test } from "vitest";
import { keepAlive } from "../../src/edge/keep-alive.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Keeps what the runtime is told to wait for, and tells which of it has ended. */
function startRuntime() {
  const ended: string[] = [];
  let told = 0;
  const waitUntil = keepAlive((promise) => {
    told += 1;
    const name = String(told);
    promise.then(
      () => ended.push(name),
      (error: unknown) => ended.push(`${name}: ${(error as Error).message}`),
    );
  });
  return { waitUntil, ended, told: () => told };
}

test("the runtime is told once, and waits for the last promise", async () => {
  const { waitUntil, ended, told } = startRuntime();
  const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  waitUntil(first.promise);
  waitUntil(second.promise);
  second.resolve(2);
  await turn();
  expect([told(), ended]).toEqual([1, []]);
  first.resolve(1);
  await turn();
  expect([told(), ended]).toEqual([1, ["1"]]);
});

test("a promise that comes while the last one ends is waited for, and so is a later one", async () => {
  const { waitUntil, ended, told } = startRuntime();
  const [first, later] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const next = first.promise.then(() => {
    waitUntil(later.promise);
  });
  waitUntil(next);
  first.resolve(1);
  await turn();
  expect([told(), ended]).toEqual([1, []]);
  later.resolve(2);
  await turn();
  expect(ended).toEqual(["1"]);
  waitUntil(Promise.resolve());
  expect(told()).toBe(2);
  await turn();
  expect(ended).toEqual(["1", "2"]);
});

test("a promise that rejects is reported, and others are still waited for", async () => {
  const { waitUntil, ended, told } = startRuntime();
  const [lost, other] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  waitUntil(lost.promise);
  waitUntil(other.promise);
  lost.reject(new Error("lost"));
  await turn();
  expect([told(), ended]).toEqual([2, ["2: lost"]]);
  other.resolve(1);
  await turn();
  expect(ended).toEqual(["2: lost", "1"]);
});
