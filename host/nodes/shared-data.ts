/** Share of a host in a data folder that several hosts on one machine have. */
import { mkdirSync, statfsSync } from "node:fs";
import { HotcellError } from "../errors.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import { networkFileSystem } from "../platform/network-file-system.ts";
import { CellServer } from "./cell-server.ts";
import { nodesFolder } from "./folder-nodes.ts";
import { HostShare } from "./host-share.ts";
import type { HostNode } from "./leases.ts";
import { PluginClaims } from "./plugin-claims.ts";
import { SqliteCalls } from "./sqlite-calls.ts";
import { joinSqliteLeases, socketOfNode } from "./sqlite-leases.ts";
import { SqliteStates } from "./sqlite-states.ts";
import { ownFacts } from "./told-nodes.ts";

/** Bytes of a socket's path that every system takes. */
const longestPath = 100;

/** Throws `bad-settings` for a folder over whose file system SQLite's locks don't hold; before anything is opened there. */
export function requireOwnDisk(data: string): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const network = networkFileSystem(statfsSync(data).type);
  if (network !== undefined) throw unshareable(data, `${network}, over which SQLite's locks don't hold`);
}

/**
 * Joins the hosts that share a data folder. Throws `bad-settings` for a folder that can't be shared, and what the leases throw. What others
 * ask draws on `heap`.
 */
export async function shareData(data: string, version: string, heap: HeapAccount): Promise<HostShare> {
  const leases = joinSqliteLeases(data, ownFacts(version));
  try {
    const placeOf = (node: HostNode) => ({ socketPath: socketOfNode(data, node) });
    const own = placeOf(leases.self);
    if (Buffer.byteLength(own.socketPath) > longestPath)
      throw unshareable(data, "a path that is too long for a socket");
    using opened = new DisposableStack();
    const states = opened.use(new SqliteStates(data));
    const calls = opened.use(new SqliteCalls(nodesFolder(data), leases.self.id));
    const server = await CellServer.listen(own, heap);
    const claims = new PluginClaims(leases, heap, placeOf);
    opened.move();
    return new HostShare({ what: "The data folder", leases, claims, server, states, calls });
  } catch (error) {
    await leases.close();
    throw error;
  }
}

function unshareable(data: string, why: string): HotcellError {
  return new HotcellError(
    "bad-settings",
    `The data folder ${data} can't be shared by several hosts: it is on ${why}.`,
    {
      subject: "shareData",
      actual: data,
      remedy:
        "Choose a folder on a disk of this machine with a short path, or leave out --share-data (HOTCELL_SHARE_DATA, shareData).",
    },
  );
}
