/** Check of an address that a host is to listen on: free, or who has it. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { type AddressSettings, listenError } from "../../http/server/listen-error.ts";
import { type DoctorFinding, ok, wrong, wrongBy } from "./finding.ts";

interface Asked {
  readonly host: string;
  readonly port: number;
}

/** Host that serves from the data folder. It may listen on two addresses, of which it tells one. */
export interface ServingHost {
  readonly pid: number;
  readonly address?: string;
}

/** `own`: the host that serves from the data folder; it has its addresses rightly. */
export async function checkAddress(
  name: string,
  { host, port }: Asked,
  own: ServingHost | undefined,
  settings?: AddressSettings,
): Promise<DoctorFinding> {
  const error = await listening(host, port);
  if (error === undefined) return ok(name, `${host}:${port} is free`);
  if (error.code !== "EADDRINUSE") return wrongBy(name, listenError(error, host, port, settings));
  const pid = holderOfPort(port);
  const told = own?.address === undefined ? undefined : URL.parse(own.address)?.port;
  // A worker's ports are those of the process that has the workers.
  const its = own && [String(own.pid), parentOf(own.pid)];
  if (its && ((pid !== undefined && its.includes(pid)) || told === String(port)))
    return ok(name, `the host that serves from the data folder listens on ${host}:${port}`);
  const { message, facts } = listenError(error, host, port, settings);
  const by = pid === undefined ? "." : `, by process ${pid} (${read(`/proc/${pid}/comm`).trim()}).`;
  return wrong(name, message.slice(0, -1) + by, facts.remedy!);
}

/** Error of an attempt to listen; undefined where it went well, and is over. */
function listening(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Process that listens on a port, as far as Linux tells this user. */
function holderOfPort(port: number): string | undefined {
  const sockets = new Set(["tcp", "tcp6"].flatMap((table) => listeners(table, port)));
  if (sockets.size === 0) return undefined;
  return entries("/proc").find(
    (entry) =>
      /^\d+$/.test(entry) &&
      entries(`/proc/${entry}/fd`).some((fd) => sockets.has(link(`/proc/${entry}/fd/${fd}`))),
  );
}

function parentOf(pid: number): string | undefined {
  return /^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1];
}

/** Sockets that listen on a port, as links of open files say them. */
function listeners(table: string, port: number): string[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return read(`/proc/net/${table}`)
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(ending) && state === "0A")
    .map((columns) => `socket:[${columns[9]}]`);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
