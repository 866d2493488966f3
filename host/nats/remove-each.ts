/**
 * Removal of messages one by one. A server of a cluster before 2.9.18 that starts again takes a purge of one subject for one of its whole
 * stream, and has less than it acknowledged from then on (nats-server, issue 4196).
 */
import type { NatsMessage } from "./nats-message.ts";

/** Messages that are removed at once. */
const together = 16;

/** Removes those of these messages, which come in order, whose numbers are lower than `below`. */
export async function removeEach(
  messages: AsyncIterable<Pick<NatsMessage, "seq">>,
  below: number | undefined,
  remove: (seq: number) => Promise<void>,
): Promise<void> {
  let found: number[] = [];
  const removeFound = async () => {
    await Promise.all(found.map(remove));
    found = [];
  };
  for await (const { seq } of messages) {
    if (below !== undefined && seq >= below) break;
    if (found.push(seq) === together) await removeFound();
  }
  await removeFound();
}
