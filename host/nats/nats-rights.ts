/** Rights of a user of NATS, found out without a change to anything. */
import type { NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { isForbidden } from "./nats-failure.ts";

/**
 * Subjects, of these, that the server does not let this connection publish to. What is sent there is no request that a server does anything
 * for, and for streams of a name that none has: whoever may publish has it refused, and nothing is kept. Closes the connection.
 */
export async function forbiddenSubjects(
  nc: NatsConnection,
  subjects: readonly string[],
): Promise<readonly string[]> {
  const { headers } = await import("@nats-io/transport-node");
  const refused = new Set<string>();
  const listening = (async () => {
    for await (const status of nc.status())
      if (status.type === "error" && isForbidden(status.error))
        refused.add((status.error as PermissionViolationError).subject);
  })();
  const expected = headers();
  expected.set("Nats-Expected-Stream", "none");
  for (const subject of subjects) nc.publish(subject, "?", { headers: expected });
  // The server answers in order: what it has refused it has said by then.
  await nc.flush();
  await nc.close();
  await listening;
  return subjects.filter((subject) => refused.has(subject));
}
