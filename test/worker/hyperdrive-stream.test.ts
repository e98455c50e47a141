import { expect, test } from "vitest";
import { HyperdriveStream } from "../../src/database/hyperdrive-stream.ts";

/** A stream on a socket whose far end is the test, with what the stream tells pg. */
function openStream() {
  const received = new TransformStream<Uint8Array, Uint8Array>();
  const sent: string[] = [];
  const socket = {
    readable: received.readable,
    writable: new WritableStream<Uint8Array>({
      write: (bytes) => void sent.push(new TextDecoder().decode(bytes)),
    }),
    closed: Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const stream = new HyperdriveStream({ connect: () => socket } as unknown as Hyperdrive);
  const events: string[] = [];
  for (const name of ["connect", "error", "close"]) stream.on(name, () => events.push(name));
  stream.on("data", (bytes: Buffer) => events.push(bytes.toString()));
  stream.connect();
  return { stream, events, sent, far_end: received.writable.getWriter() };
}

test("bytes that arrive as a part of a larger buffer are passed on without the rest of it", async () => {
  const { events, far_end } = openStream();
  await far_end.write(new TextEncoder().encode("before|part|after").subarray(7, 11));
  await expect.poll(() => events).toEqual(["connect", "part"]);
});

test("a socket that breaks is an error, and the stream is closed once", async () => {
  const { stream, events, far_end } = openStream();
  await far_end.abort(new Error("connection reset"));
  await expect.poll(() => events).toEqual(["connect", "error", "close"]);
  stream.end();
  expect(events).toEqual(["connect", "error", "close"]);
});

test("a socket that ends closes the stream without an error", async () => {
  const { events, far_end } = openStream();
  await far_end.close();
  await expect.poll(() => events).toEqual(["connect", "close"]);
});

test("messages that are written while the stream is corked are sent in one write, in their order", async () => {
  const { stream, sent } = openStream();
  stream.cork();
  for (const message of ["parse", "bind", "execute"])
    stream.write(new TextEncoder().encode(message));
  expect(sent).toEqual([]);
  stream.uncork();
  stream.write(new TextEncoder().encode("alone"));
  await expect.poll(() => sent).toEqual(["parsebindexecute", "alone"]);
});
