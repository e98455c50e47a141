import fc from "fast-check";
import { expect, test } from "vitest";
import { fatalMessage, MessageScanner, welcomeMessages } from "../../local/pool/messages.ts";

test("the pool finds the messages of a stream however it is cut into pieces", () => {
  const stream = Buffer.concat([
    welcomeMessages([["server_version", "18.4"]]),
    Buffer.from([0x53, 0, 0, 0, 4]),
    fatalMessage("57P03", "later"),
    Buffer.from([0x58, 0, 0, 0, 4]),
  ]);
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: stream.length }));
  fc.assert(
    fc.property(cuts, (positions) => {
      const found: [string, number | undefined][] = [];
      const scanner = new MessageScanner((type, first_byte) => found.push([type, first_byte]));
      const ends = [...positions.sort((a, b) => a - b), stream.length];
      let start = 0;
      for (const end of ends) {
        scanner.scan(stream.subarray(start, end));
        start = end;
      }
      expect(found).toEqual([
        ["R", 0],
        ["S", "s".charCodeAt(0)],
        ["Z", "I".charCodeAt(0)],
        ["S", undefined],
        ["E", "S".charCodeAt(0)],
        ["X", undefined],
      ]);
    }),
    { numRuns: 500 },
  );
});
