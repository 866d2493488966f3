/** Requests to change the protocol of their connection. */

import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";

/**
 * Throws `upgrade-not-supported` where a client asks for WebSocket, which can't go on without. Others, such as `h2c`, take an
 * answer over HTTP/1.1 as well, and get it (RFC 9110, section 7.8).
 */
export function refuseUpgrade(upgrade: string | undefined, plugin: string): void {
  if (upgrade === undefined || !/\bwebsocket\b/i.test(upgrade)) return;
  throw new HotcellError("upgrade-not-supported", `${plugin} serves HTTP, and no WebSocket.`, {
    subject: plugin,
    actual: beginning(upgrade, 100),
    expected: "a request without Upgrade",
    remedy:
      "Use requests, a streamed response or server-sent events; wasi:http/incoming-handler@0.2 has no WebSocket.",
  });
}
