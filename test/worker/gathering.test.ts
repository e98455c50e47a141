import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Gathering } from "../../src/cache/gathering.ts";

const patience_ms = 25;

let gathering: Gathering<string>;
let sent: string[][];
/** Ends the command that was sent first, of those that are under way. */
let ends: (() => void)[];

const send = (waiting: string[]): Promise<void> => {
  sent.push(waiting.splice(0));
  return new Promise((resolve) => ends.push(resolve));
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function endCommand(): Promise<void> {
  ends.shift()?.();
  await turn();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  gathering = new Gathering(patience_ms);
  sent = [];
  ends = [];
});
afterEach(() => vi.useRealTimers());

const passTime = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

describe("an item", () => {
  test("that comes alone is sent at once", () => {
    expect(gathering.join("a")).toBe(false);
    void gathering.lead("a", send);
    expect(sent).toEqual([["a"]]);
  });

  test("that comes while a command is under way goes with the next one, together with others", async () => {
    void gathering.lead("a", send);
    expect([gathering.join("b"), gathering.join("c")]).toEqual([true, true]);
    expect(sent).toEqual([["a"]]);
    await endCommand();
    expect(gathering.join("d")).toBe(true);
    await endCommand();
    expect(sent).toEqual([["a"], ["b", "c"], ["d"]]);
  });

  test("that is left over is sent with a further command", async () => {
    const sendOne = (waiting: string[]): Promise<void> => send(waiting.splice(0, 1));
    void gathering.lead("a", sendOne);
    gathering.join("b");
    gathering.join("c");
    await endCommand();
    await endCommand();
    expect(sent).toEqual([["a"], ["b"], ["c"]]);
  });

  test("does not wait for somebody who has ended", async () => {
    const led = gathering.lead("a", send);
    await endCommand();
    await led;
    expect(gathering.join("b")).toBe(false);
  });

  test("does not wait for a command that takes long", async () => {
    void gathering.lead("a", send);
    passTime(patience_ms);
    expect(gathering.join("b")).toBe(false);
  });

  test("waits for nobody after a slow command, until one was quick", async () => {
    void gathering.lead("a", send);
    gathering.join("b");
    passTime(patience_ms);
    await endCommand();
    expect(sent).toEqual([["a"], ["b"]]);
    expect(gathering.join("c")).toBe(false);
    await endCommand();
    void gathering.lead("d", send);
    expect(gathering.join("e")).toBe(true);
  });

  test("does not join a request that has sent for others for five seconds", async () => {
    void gathering.lead("a", send);
    for (let passed_ms = 0; passed_ms < 5_000; passed_ms += 20) {
      expect(gathering.join("b")).toBe(true);
      passTime(20);
      await endCommand();
    }
    expect(gathering.join("c")).toBe(false);
    void gathering.lead("c", send);
    expect(sent.at(-1)).toEqual(["c"]);
    expect(gathering.join("d")).toBe(true);
    // The former one ends without taking the new one's place.
    await endCommand();
    expect(gathering.join("e")).toBe(true);
    await endCommand();
    expect(sent.at(-1)).toEqual(["d", "e"]);
  });
});
