/** Lines on standard error by which the host's owner hears that NATS is lost, and for how long it was. */
import type { NatsConnection } from "@nats-io/transport-node";
import { harmlessLines } from "../text/harmless.ts";

/** Resolves when the connection is closed. `where`: address for people. */
export async function logConnection(
  nc: Pick<NatsConnection, "status" | "isClosed">,
  where: string,
): Promise<void> {
  let lostAt: number | undefined;
  for await (const { type } of nc.status()) {
    if (type === "disconnect" && lostAt === undefined && !nc.isClosed()) {
      lostAt = performance.now();
      say(`The connection to NATS is lost: ${where}. It is tried again until there is one.`);
    }
    if (type !== "reconnect" || lostAt === undefined) continue;
    const seconds = ((performance.now() - lostAt) / 1000).toFixed(1);
    lostAt = undefined;
    say(`NATS is back: ${where}. It was away for ${seconds} s.`);
  }
}

function say(text: string): void {
  console.error(harmlessLines(text));
}
