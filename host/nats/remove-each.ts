/**
 * Removal of messages one by one. A server of a cluster before 2.9.18 that starts again takes a purge of one subject for one of its whole
 * stream, and has less than it acknowledged from then on (nats-server, issue 4196).
 */
import type { NatsMessage } from "./nats-message.ts";

interface KeptMessages {
  /** The first message of a subject whose number is `seq` or higher. */
  next(stream: string, subject: string, seq: number): Promise<NatsMessage | undefined>;
  remove(stream: string, seq: number): Promise<void>;
}

/** Messages that are removed at once. */
const together = 16;

/** Removes the messages of a subject whose numbers are lower than `below`. */
export async function removeEach(
  kept: KeptMessages,
  stream: string,
  subject: string,
  below = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let at = 1, isLast = false; !isLast; ) {
    const found: number[] = [];
    while (!isLast && found.length < together) {
      const next = await kept.next(stream, subject, at);
      isLast = next === undefined || next.seq >= below;
      if (isLast) break;
      found.push(next!.seq);
      at = next!.seq + 1;
    }
    await Promise.all(found.map((seq) => kept.remove(stream, seq)));
  }
}
