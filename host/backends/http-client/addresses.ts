/** Addresses that a plugin's requests may go to, by what they are for (IANA's special-purpose registries). */
import ipaddr from "ipaddr.js";

/** Policy: whether the addresses of the host's own surroundings may be reached too: loopback, private networks, link-local ones. */
export type AddressPolicy = "public" | "private";

/** Kinds of addresses that nobody is reached at by one connection. */
const nobody = new Set(["unspecified", "broadcast", "multicast"]);

/** Public by their number, and yet a service of the machine's own surroundings: Azure's for its virtual machines. */
const surroundings = new Set(["168.63.129.16"]);

/** Addresses of IPv6 that are given to anybody at all so far. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Test for an address that may be connected to. Forms in which one address stands for another (mapped, NAT64, 6to4, Teredo) are
 * nobody's address by themselves, so these are never public.
 */
export function mayReach(address: string, policy: AddressPolicy): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (policy === "private") return !nobody.has(plainRange(parsed));
  if (range !== "unicast" || surroundings.has(parsed.toString())) return false;
  return parsed.kind() === "ipv4" || (parsed as ipaddr.IPv6).match(globalUnicast);
}

/** Range of the address itself, or of the one of IPv4 that it is mapped from. */
function plainRange(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address.kind() === "ipv4") return address.range();
  const six = address as ipaddr.IPv6;
  return six.isIPv4MappedAddress() ? six.toIPv4Address().range() : six.range();
}
