/** Who may do what (DESIGN §3.10). */

import { BlockList, isIP } from "node:net";
import { HotcellError } from "../errors.ts";
import { hostCheck } from "./origin.ts";
import { tokenMatcher } from "./token.ts";

/**
 * `health`: the health checks. `call`: run a plugin's functions. `read`: lists, details, WIT. `download`: a version's
 * binary. `events`: the log, which tells all that plugins write. `deploy`: everything that changes something.
 */
export type Permission = "health" | "call" | "read" | "download" | "events" | "deploy";

export interface Access {
  /** Throws `forbidden-host`, or `unauthorized` (the facts' `challenge` is the WWW-Authenticate header). */
  check(permission: Permission, headers: Headers): void;
}

export interface AccessOptions {
  /** The admin token, good for everything. Without one, whatever needs a token is refused. */
  readonly token?: string;
  /** The address that is listened on. On a loopback address reads are anonymous and `Host` is checked. */
  readonly address: string;
  /** Further names that `Host` may say. Off loopback `Host` is checked only if some are given. */
  readonly allowedHosts?: readonly string[];
}

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet("127.0.0.0", 8);
loopbackAddresses.addAddress("::1", "ipv6");

/** Whether only this machine reaches an address, however it is spelled. Of names only `localhost` is trusted to. */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return address.toLowerCase() === "localhost";
  return loopbackAddresses.check(address, version === 6 ? "ipv6" : "ipv4");
}

export function createAccess({ token, address, allowedHosts = [] }: AccessOptions): Access {
  const loopback = isLoopback(address);
  const anonymous = new Set<Permission>(loopback ? ["health", "call", "read"] : ["health", "call"]);
  const own = address.includes(":") ? `[${address}]` : address;
  const checkHost =
    loopback || allowedHosts.length > 0 ? hostCheck([...loopbackNames, own, ...allowedHosts]) : undefined;
  const matches = token === undefined ? undefined : tokenMatcher(token);

  return {
    check(permission, headers) {
      checkHost?.(headers.get("host"));
      if (anonymous.has(permission)) return;
      if (!matches) {
        throw unauthorized("No token is set up on this host, so nothing that needs one is possible.", {
          remedy: "Give the host a token when it is created.",
        });
      }
      const presented = bearer(headers.get("authorization"));
      if (presented === undefined) {
        throw unauthorized("This request needs a token, and none came with it.", {
          remedy:
            "Send the header `Authorization: Bearer TOKEN`, with the admin token that the host prints when it starts.",
        });
      }
      if (!matches(presented)) {
        throw unauthorized("The token is not the right one.", {
          remedy: "Use the admin token that the host prints when it starts.",
          invalid: true,
        });
      }
    },
  };
}

/** RFC 6750, section 2.1. */
function bearer(header: string | null): string | undefined {
  return header === null ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1];
}

function unauthorized(detail: string, { remedy, invalid = false }: { remedy: string; invalid?: boolean }) {
  const challenge = `Bearer realm="hotcell"${invalid ? ', error="invalid_token"' : ""}`;
  return new HotcellError("unauthorized", detail, { remedy, extra: { challenge } });
}
