/** Store of several hosts, as options and variables say where it is. */

import { HotcellError } from "../../errors.ts";
import { natsAddress } from "../../nats/nats-address.ts";
import { nodeAddress } from "../../nodes/node-address.ts";
import type { ServerOptions } from "../../server.ts";
import { type GivenOption, wrongOption } from "./listen-address.ts";

interface GivenStore {
  readonly store: GivenOption;
  readonly credentials: GivenOption;
  readonly ca: GivenOption;
  readonly replicas: GivenOption;
  /** Address at which the other hosts of the store reach this one. */
  readonly node: GivenOption;
  /** Set where answers to calls with keys are this host's own. */
  readonly ownKeys: { readonly value: boolean; readonly source: string };
}

/** Throws `bad-settings` for an address that is none, never with what it says: that may be a password. */
export function storeAt({
  store,
  credentials,
  ca,
  replicas,
  node,
  ownKeys,
}: GivenStore): Pick<ServerOptions, "store" | "nodeAddress" | "ownKeys"> {
  if (store.value === undefined) {
    const alone = [credentials, ca, replicas, node].find(({ value }) => value !== undefined);
    if (alone) throw withoutStore(alone.source);
    if (ownKeys.value) throw withoutStore(ownKeys.source);
    return {};
  }
  natsAddress(store.value, store.source);
  if (node.value !== undefined) nodeAddress(node.value, node.source);
  return {
    store: {
      url: store.value,
      ...(credentials.value !== undefined && { credentials: credentials.value }),
      ...(ca.value !== undefined && { ca: ca.value }),
      ...(replicas.value !== undefined && { replicas: copies(replicas.value, replicas.source) }),
    },
    ...(node.value !== undefined && { nodeAddress: node.value }),
    ...(ownKeys.value && { ownKeys: true }),
  };
}

function copies(value: string, source: string): number {
  if (["1", "3", "5"].includes(value)) return Number(value);
  throw wrongOption(source, value, "1, 3 or 5");
}

function withoutStore(source: string): HotcellError {
  return new HotcellError("bad-settings", `${source} is set, and there is no store on NATS.`, {
    subject: source,
    remedy: "Say where it is, such as HOTCELL_STORE=nats://127.0.0.1:4222/hotcell, or leave it out.",
  });
}
