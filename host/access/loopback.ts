import { BlockList, isIP } from "node:net";

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet("127.0.0.0", 8);
loopbackAddresses.addAddress("::1", "ipv6");

/** True for an address that only this machine reaches, however it is spelled. Of names only `localhost` is trusted to. */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return address.toLowerCase() === "localhost";
  return loopbackAddresses.check(address, version === 6 ? "ipv6" : "ipv4");
}
