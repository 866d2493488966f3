/** Joining of the hosts that share what this one keeps: a folder, a store of several machines, or nothing. */
import { HotcellError } from "../errors.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { SharedStore } from "../store/store.ts";
import type { HostShare } from "./host-share.ts";
import { requireOwnDisk, shareData } from "./shared-data.ts";
import { shareStore } from "./shared-store.ts";

/** Options of `createHost` that say what is shared. */
interface AskedShare {
  readonly data: string | undefined;
  readonly shareData: boolean;
  /** Store of several machines, where there is one. */
  readonly store: Pick<SharedStore, "registers" | "states" | "calls"> | undefined;
  /** Address at which its other hosts reach this one. */
  readonly address: string | undefined;
  /** Answers to calls with keys are not kept there. */
  readonly ownKeys: boolean;
}

/** Throws `bad-settings` for what there is nothing to share by. */
export function requireShared({ data, shareData, store, address, ownKeys }: AskedShare): void {
  if (shareData && data === undefined) throw nothingToShare();
  if (shareData && data !== undefined) requireOwnDisk(data);
  if (address !== undefined && !store) throw noStore("nodeAddress", "HOTCELL_NODE_ADDRESS");
  if (ownKeys && !store) throw noStore("ownKeys", "HOTCELL_OWN_KEYS");
}

/** Undefined for a host alone. `version` is Hotcell's; calls between hosts draw on `heap`. Throws what joining throws. */
export async function joinHosts(
  asked: AskedShare & { readonly version: string; readonly heap: HeapAccount },
): Promise<HostShare | undefined> {
  const { data, store, address, ownKeys, version, heap } = asked;
  if (data !== undefined && asked.shareData) return shareData(data, version, heap);
  if (!store) return undefined;
  const { registers, states, calls } = store;
  return shareStore({ registers, states, calls: ownKeys ? undefined : calls, version, heap, address });
}

function nothingToShare(): HotcellError {
  return new HotcellError("bad-settings", "createHost got shareData, and no data.", {
    subject: "shareData",
    expected: "a data folder to share",
    remedy: "Name the folder (data); hosts on one store of yours follow one another without it.",
  });
}

function noStore(option: string, variable: string): HotcellError {
  return new HotcellError("bad-settings", `createHost got ${option}, and no store of several machines.`, {
    subject: option,
    expected: "a store on NATS (openNatsStore)",
    remedy: `Name the store (store, HOTCELL_STORE), or leave out ${option} (${variable}).`,
  });
}
