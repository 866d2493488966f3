/** Lines that a server prints when it listens: where it really does, and whom that lets in. */

import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { isLoopback } from "../../access/access.ts";
import type { RunningServer } from "../../server.ts";

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
type Described = Pick<RunningServer, "url" | "port" | "address" | "privateCalls" | "anyHost">;

export function announcement(server: Described, interfaces: Interfaces = networkInterfaces()): string[] {
  const { url, port, address, privateCalls, anyHost } = server;
  const first = `Hotcell listens on ${url}`;
  const named = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  if (isLoopback(address))
    return [named === address || named === "localhost" ? first : `${first} (${address})`];
  const families = wildcards.get(address);
  const where = families
    ? `  and on every other address of this machine (${address})${list(outside(interfaces, families), port)}`
    : `  which is ${address}, an address of the network`;
  return [
    first,
    where,
    privateCalls
      ? "Whoever reaches it there needs a token for all but the health checks."
      : "Calls are open to everybody who reaches it there: they need no token. HOTCELL_PRIVATE_CALLS=true asks for one.",
    "There is no TLS: what is called and the tokens can be read on the way. Put a reverse proxy in front.",
    ...(anyHost
      ? ["Host is not checked. HOTCELL_ALLOWED_HOSTS=plugins.example takes requests to that name only."]
      : []),
  ];
}

/** Addresses that stand for all of a machine's, and the families of those. */
const wildcards: ReadonlyMap<string, readonly string[]> = new Map([
  ["0.0.0.0", ["IPv4"]],
  ["::ffff:0.0.0.0", ["IPv4"]],
  ["::", ["IPv4", "IPv6"]],
]);

/** Not those with a scope, which are the link's: no URL says them the same way everywhere. */
function outside(interfaces: Interfaces, families: readonly string[]): string[] {
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family, scopeid = 0 }) => !internal && families.includes(family) && scopeid === 0)
    .map(({ address }) => address);
}

function list(addresses: readonly string[], port: number): string {
  if (addresses.length === 0) return ", of which it has none now";
  const urls = addresses.map(
    (address) => `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
  );
  return `: ${urls.join(" ")}`;
}
