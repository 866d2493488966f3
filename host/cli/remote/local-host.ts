/** Hosts of this machine as the command line finds them: by their data folders, here and in the folders above. */

import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { leasesFile, nodesFolder, nodesOfFolder } from "../../nodes/folder-nodes.ts";
import { addressOfHolder } from "../../store/sqlite/folder-holder.ts";
import { apiAddress, listenAddress } from "../server/listen-address.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LocalHost {
  /** URL at which it listens; undefined while it does not run. */
  readonly url: URL | undefined;
  /** The admin token kept there; undefined where the host was given one. */
  readonly token: string | undefined;
}

/**
 * The host of HOTCELL_DATA, else those of every `.hotcell` from `folder` upwards, nearest first. A folder or file that is
 * another user's counts only if HOTCELL_DATA names it: anybody may put one into a folder that all share, such as /tmp, and
 * would be sent what was meant for the user's own host.
 */
export function localHosts(environment: Environment, folder: string = process.cwd()): readonly LocalHost[] {
  const named = environment.HOTCELL_DATA;
  if (named) return [localHost(named, () => true)];
  return upwards(resolve(folder))
    .map((above) => join(above, ".hotcell"))
    .filter(isOwn)
    .map((data) => localHost(data, isOwn))
    .filter(({ url, token }) => url ?? token);
}

/**
 * URL of the API of a host that nobody named: as HOTCELL_ADMIN, or HOTCELL_HOST and HOTCELL_PORT say, else the nearest that
 * runs; undefined where there is none.
 */
export function localUrl(
  { HOTCELL_HOST, HOTCELL_PORT, HOTCELL_ADMIN }: Environment,
  hosts: readonly LocalHost[],
): string | undefined {
  const given = (source: string, value: string | undefined) => ({ source, value: value || undefined });
  const { host, port } =
    apiAddress(given("HOTCELL_ADMIN", HOTCELL_ADMIN)) ??
    listenAddress(given("HOTCELL_HOST", HOTCELL_HOST), given("HOTCELL_PORT", HOTCELL_PORT));
  const running = hosts.find(({ url }) => url)?.url?.href;
  // Port 0 is any free one, which only the folder tells.
  const said = port !== 0 && Boolean(HOTCELL_HOST || HOTCELL_PORT || HOTCELL_ADMIN);
  if (!said) return running;
  // A host on all addresses is reached here by the loopback one.
  const reached = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port || 8787}`;
}

function localHost(data: string, trusted: (file: string) => boolean): LocalHost {
  const address = addressAt(data, trusted);
  const url = address === undefined ? null : URL.parse(address);
  const file = join(data, "token");
  return { url: url ?? undefined, token: exists(file) && trusted(file) ? readToken(file) : undefined };
}

/** Address of the host there, or of one of those that share the folder: the last that began may have ended, and the others live. */
function addressAt(data: string, trusted: (file: string) => boolean): string | undefined {
  const told = addressOfHolder(data, trusted);
  const shared = trusted(leasesFile(nodesFolder(data))) ? nodesOfFolder(data) : [];
  const addresses = shared.flatMap(({ address }) => address ?? []);
  return told !== undefined && addresses.includes(told) ? told : (addresses[0] ?? told);
}

function readToken(file: string): string {
  return readFileSync(file, "utf8").trim();
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function isOwn(file: string): boolean {
  try {
    // Undefined on Windows, where files have no such owner.
    const user = process.getuid?.();
    return user === undefined || statSync(file).uid === user;
  } catch {
    return false;
  }
}

function upwards(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}
