/** Connections that go to checked addresses alone: what a name stood for when it was looked up is what is connected to. */
import type { LookupAddress } from "node:dns";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { buildConnector } from "undici";
import { type AddressPolicy, mayReach } from "./addresses.ts";
import { RequestFailure } from "./request-failure.ts";

/** All addresses of a name. */
export type AddressLookup = (
  name: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface ConnectOptions {
  readonly policy: AddressPolicy;
  readonly lookup: AddressLookup;
  /** Certificates of authorities that are trusted; by default those of Node. */
  readonly ca?: string | undefined;
  /** Milliseconds for each address. */
  readonly timeout: number;
}

/**
 * Connector of an agent. Addresses that may not be reached are left out of what a name stands for, and where no other is left
 * nothing is connected to; the address of a socket that is there is looked at once more.
 */
export function checkedConnector({ policy, lookup, ca, timeout }: ConnectOptions): buildConnector.connector {
  const checked: LookupFunction = (name, { all }, callback) => {
    lookup(name, (error, addresses) => {
      if (error) return callback(error, []);
      const open = addresses.filter(({ address }) => mayReach(address, policy));
      const [first] = open;
      if (!first) return callback(prohibited(), []);
      if (all) callback(null, [...open]);
      else callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({
    allowH2: false,
    lookup: checked,
    timeout,
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  });
  return (options, callback) => {
    const address = options.hostname.replace(/^\[|\]$/g, "");
    if (isIP(address) !== 0 && !mayReach(address, policy)) {
      callback(prohibited(), null);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      if (!connectedWell(socket, policy)) {
        socket.destroy();
        return callback(prohibited(), null);
      }
      callback(null, socket);
    });
  };
}

function connectedWell({ remoteAddress }: Socket, policy: AddressPolicy): boolean {
  return remoteAddress !== undefined && mayReach(remoteAddress, policy);
}

function prohibited(): RequestFailure {
  return new RequestFailure("destination-IP-prohibited");
}
