/**
 * Place at which a host answers others that share its folder or its store: a socket in the folder, or an address. There both ends show by TLS
 * that they have the key that the hosts of a store have together (RFC 8446, section 2.2), and nobody else can read what goes between them.
 */
import { Agent as PlainAgent } from "node:http";
import { Agent as KeyedAgent } from "node:https";
import type { ConnectionOptions, TlsOptions } from "node:tls";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import type { Secret } from "../../capabilities/secret.ts";

export type FarPlace = SocketPlace | KeyedPlace;

/** Socket in the folder that the hosts share, which their user alone can open. */
interface SocketPlace {
  readonly socketPath: string;
}

export interface KeyedPlace {
  readonly host: string;
  readonly port: number;
  readonly keys: HeldKeys;
}

/** Keys that a host has at a time: they may be others for each connection. */
export interface HeldKeys {
  readonly shown: HeldKey;
  readonly accepted: readonly HeldKey[];
}

export interface HeldKey {
  /** Count of the keys that there were with this one. */
  readonly number: number;
  /** 32 bytes, in base64. */
  readonly key: Secret;
}

/** Name of the first key. An older Hotcell has that name for whichever key is shown when it begins. */
const identity = "hotcell-nodes";

function identityOf(number: number): string {
  return number === 1 ? identity : `${identity}-${number}`;
}

/** TLS 1.3 alone, and the one cipher that its keys are for: the exchange of a new secret goes with it, so that no key tells what was said before. */
const keyed = { minVersion: "TLSv1.3", ciphers: "TLS_AES_128_GCM_SHA256" } as const;

export function isKeyed(place: FarPlace): place is KeyedPlace {
  return "keys" in place;
}

/** Options of a server whose clients have the key: without a certificate it is no server for anybody else. */
export function keyedServerOptions(keys: HeldKeys): TlsOptions {
  return {
    ...keyed,
    handshakeTimeout: nodeBounds.connectTime.value,
    pskCallback: (_socket, asked) => {
      const { accepted, shown } = keys;
      const held = accepted.find(({ number }) => identityOf(number) === asked);
      if (held) return bytesOf(held.key);
      return asked === identity ? bytesOf(shown.key) : null;
    },
  };
}

/** Options of a client that shows the key of the time at which it connects. */
export function keyedClientOptions(keys: HeldKeys): ConnectionOptions {
  return {
    ...keyed,
    pskCallback: () => {
      const { number, key } = keys.shown;
      return { psk: bytesOf(key), identity: identityOf(number) };
    },
    // Asked only of a server that has shown a certificate in place of the key.
    checkServerIdentity: () => new Error("It has not shown the key."),
  };
}

/** Connections to a place, which are kept for further requests. */
export function agentTo(place: FarPlace): PlainAgent {
  // Idle ones are closed after a while: of a host that is cut off nobody would hear that they are dead.
  const kept = {
    keepAlive: true,
    timeout: nodeBounds.idleTime.value,
    maxSockets: nodeBounds.connections.value,
    maxFreeSockets: 64,
  };
  if (!isKeyed(place)) return new PlainAgent(kept);
  // Each connection shows the key anew: none goes on from one before, whose key may be accepted no more.
  return new KeyedAgent({ ...kept, ...keyedClientOptions(place.keys), maxCachedSessions: 0 });
}

function bytesOf(key: Secret): Buffer {
  return Buffer.from(key.reveal(), "base64");
}
