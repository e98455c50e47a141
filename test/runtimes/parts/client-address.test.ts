import { expect, test } from "vitest";
import { clientAddress, parseNetworks } from "../../../src/runtimes/client-address.ts";

const addressOf = (trusted: string, connection: string, forwarded_for: string | null): string => {
  const networks = parseNetworks(trusted);
  if (networks === null) throw new Error("no networks");
  return clientAddress(networks, connection, forwarded_for);
};

test.each([
  ["nobody is trusted", "", "192.0.2.1", "203.0.113.1", "192.0.2.1"],
  ["the connection is not of the proxy", "10.0.0.0/8", "192.0.2.1", "203.0.113.1", "192.0.2.1"],
  ["one proxy", "10.0.0.0/8", "10.0.0.1", "203.0.113.1", "203.0.113.1"],
  [
    "the client has written more",
    "10.0.0.0/8",
    "10.0.0.1",
    "10.9.9.9, 198.51.100.1, 203.0.113.1",
    "203.0.113.1",
  ],
  ["two proxies", "10.0.0.0/8", "10.0.0.1", "198.51.100.1, 203.0.113.1,10.0.0.2", "203.0.113.1"],
  ["proxies only", "10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
  ["the proxy has added nothing", "10.0.0.1", "10.0.0.1", null, "10.0.0.1"],
  ["what was added is no address", "10.0.0.1", "10.0.0.1", "203.0.113.1, unknown", "10.0.0.1"],
  [
    "IPv4 over a socket of IPv6",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:203.0.113.1",
    "203.0.113.1",
  ],
  ["IPv6", "2001:db8::/32", "2001:db8::1", "2001:db9::7", "2001:db9::7"],
  ["IPv6 with a zone", "fe80::/10", "fe80::1%eth0", "2001:db9::7", "2001:db9::7"],
])("%s", (_case, trusted, connection, forwarded_for, expected) => {
  expect(addressOf(trusted, connection, forwarded_for)).toBe(expected);
});

test.each([
  "proxy.example",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/-1",
  "10.0.0/8",
  "::/129",
  "10.0.0.1;10.0.0.2",
])("%s is no list of networks", (text) => {
  expect(parseNetworks(text)).toBeNull();
});
