/** Settings of a grant to make requests, parsed: what the capability's schema gives, and the driver is bound with. */
import type { AllowEntry } from "./allow-list.ts";

export interface HttpClientSettings {
  readonly allow: readonly AllowEntry[];
  readonly secrets: readonly Credential[];
  /** Addresses of the host's own surroundings may be reached too, where the host allows that. */
  readonly private: boolean;
  /** Redirects that are followed. */
  readonly redirects: number;
  /** Milliseconds. */
  readonly timeouts: ClientTimeouts;
  /** Bytes of a body. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestsPerSecond: number;
  readonly concurrent: number;
}

export interface ClientTimeouts {
  readonly connect: number;
  readonly firstByte: number;
  readonly betweenBytes: number;
  readonly whole: number;
}

/** Header field that the host adds to requests, and the guest is never told. */
export interface Credential {
  /** Requests that it is added to: an entry without methods. */
  readonly to: AllowEntry;
  /** Name in lower case. */
  readonly header: string;
  readonly reveal: () => string;
}

/** Destinations that the plugins of a host may be granted at all. */
export interface HostReach {
  /** Undefined: any. */
  readonly allow: readonly AllowEntry[] | undefined;
  /** True where an admin may grant `private`. */
  readonly private: boolean;
  /** Capabilities that this host has nothing to grant with, by name: what to do instead. */
  readonly lacks?: ReadonlyMap<string, string>;
}

/** Reach of a host whose owner has said nothing: whatever is public. */
export const publicReach: HostReach = { allow: undefined, private: false };
