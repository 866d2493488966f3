/** Lines that a server prints when it listens: where it really does, and whom that lets in. */

import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { isLoopback } from "../../access/loopback.ts";
import type { HostListener, RunningServer } from "../../server.ts";
import { toldToken } from "./token-line.ts";

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
type Described = Pick<
  RunningServer,
  "url" | "port" | "address" | "privateCalls" | "anyHost" | "api" | "console"
>;
type Place = Pick<HostListener, "url" | "port" | "address" | "anyHost">;

const noTls =
  "There is no TLS: what is called and the tokens can be read on the way. Put a reverse proxy in front.";

export function announcement(server: Described, interfaces: Interfaces = networkInterfaces()): string[] {
  const { address, privateCalls, api, console } = server;
  const first = placeLines("Hotcell listens on", server, interfaces);
  const second = api ? placeLines("Its API is on", api, interfaces) : [];
  const open = !isLoopback(address);
  return [
    ...first,
    ...(open
      ? [
          privateCalls
            ? "Whoever reaches it there needs a token for all but the health checks."
            : "Calls are open to everybody who reaches it there: they need no token. HOTCELL_PRIVATE_CALLS=true asks for one.",
          noTls,
          ...hostLines(server, "HOTCELL_ALLOWED_HOSTS=plugins.example"),
        ]
      : []),
    ...second,
    ...(api && !isLoopback(api.address)
      ? [...(open ? [] : [noTls]), ...hostLines(api, "HOTCELL_ADMIN_HOSTS=admin.example")]
      : []),
    ...(console === undefined ? [] : [`The console, for a browser: ${console}`]),
  ];
}

/** Line for programs: that it listens, where, and with which admin token. */
export function listening(server: Described & Pick<RunningServer, "admin">) {
  const { url, address, port, privateCalls, api, console } = server;
  return {
    event: "listening",
    at: new Date().toISOString(),
    url,
    address,
    port,
    ...(api && { api: { url: api.url, address: api.address, port: api.port } }),
    ...(console !== undefined && { console }),
    privateCalls,
    ...toldToken(server.admin),
  };
}

/** Lines that say where it listens, and what else that is. */
function placeLines(what: string, { url, port, address }: Place, interfaces: Interfaces): string[] {
  const first = `${what} ${url}`;
  const named = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  if (isLoopback(address))
    return [named === address || named === "localhost" ? first : `${first} (${address})`];
  const families = wildcards.get(address);
  const where = families
    ? `  and on every other address of this machine (${address})${list(outside(interfaces, families), port)}`
    : `  which is ${address}, an address of the network`;
  return [first, where];
}

function hostLines({ anyHost }: Place, setting: string): string[] {
  return anyHost ? [`Host is not checked. ${setting} takes requests to that name only.`] : [];
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
