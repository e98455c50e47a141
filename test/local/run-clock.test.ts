import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startClock } from "../../local/worker/run-clock.ts";

// Whoever waited for the answer would wait longer than this test may take.
test("stopping the clock does not wait for a job that is under way, and starts no other job", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request) => void asked.push(request.url));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const clock = startClock(`http://127.0.0.1:${String(port)}`);
  await once(server, "request");
  await clock.stop();
  expect(asked).toEqual(["/cdn-cgi/local/scheduled?cron=17+2+*+*+*"]);
});
