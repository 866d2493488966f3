/** Addresses of clients, as a socket has them, and what of one counts as a client. */
import { isIPv6 } from "node:net";

/** Address as it is written for others: IPv4 where it came mapped into IPv6, and without a zone, which is this machine's own. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? (address.includes("%") ? address.split("%", 1)[0]! : address);
}

/**
 * Network that counts as one client: an IPv4 address, also where it is mapped into IPv6, or the first 64 bits of an IPv6
 * address, since whoever has one of those has them all. Addresses nobody knows are one client together.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return "";
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [left = "", right] = plain.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  // An address that ends as IPv4 has two groups there.
  const tailGroups = tail.length + (tail.at(-1)?.includes(".") ? 1 : 0);
  const zeros = right === undefined ? 0 : 8 - head.length - tailGroups;
  const groups = [...head, ...Array<string>(zeros).fill("0"), ...tail];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
