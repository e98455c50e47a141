import { BlockList, isIP } from "node:net";

/**
 * The header in which the API reads the client's address. Cloudflare sets it there; here the server
 * sets it, and drops what the client has sent under this name.
 */
export const address_header = "cf-connecting-ip";

/**
 * The address that the request came from: that of the connection, unless it belongs to a trusted
 * proxy. Then it is the last address that this proxy has added to `X-Forwarded-For`, and so on from
 * proxy to proxy. What a client writes into the header stands before that, so it is never believed.
 */
export function clientAddress(
  trusted: BlockList,
  connection_address: string,
  forwarded_for: string | null,
): string {
  let address = plainAddress(connection_address);
  const hops = (forwarded_for ?? "").split(",").map((hop) => plainAddress(hop.trim()));
  while (trusted.check(address, familyOf(address))) {
    const hop = hops.pop() ?? "";
    if (isIP(hop) === 0) return address;
    address = hop;
  }
  return address;
}

/** An IPv4 address as such, though the socket is of IPv6, and an address without its zone. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, "").replace(/%.*$/, "");
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/**
 * Reads addresses and networks (`10.0.0.0/8`) with commas between them. Null when one of them is
 * neither.
 */
export function parseNetworks(text: string): BlockList | null {
  const networks = new BlockList();
  for (const item of text.split(",").filter((part) => part.trim() !== "")) {
    const [address = "", length] = item.trim().split("/");
    const bits = isIP(address) === 6 ? 128 : 32;
    const is_length = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits);
    if (isIP(address) === 0 || !is_length) return null;
    networks.addSubnet(address, Number(length ?? bits), familyOf(address));
  }
  return networks;
}
