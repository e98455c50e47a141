import { expect, test } from "vitest";
import { networkOf } from "../../src/edge/rate-limit.ts";

test.each([
  [null, "unknown"],
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:0DB8:0001:0002::", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["2001:db8:1:2::ffff", "2001:db8:1:2"],
])("the address %s is counted as the network %s", (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});
