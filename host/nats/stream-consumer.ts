/** Consumers of streams: places from which a server sends messages one after the other. */
import type { JetStreamManager } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/transport-node";
import { deliveredMessage, type NatsMessage } from "./nats-message.ts";

export interface ConsumerStart {
  /** Number of the first message. */
  readonly from: number;
  /** Only the last of each subject, from the first on. */
  readonly lastOnly?: boolean;
  readonly headsOnly?: boolean;
}

/** Makes one, which ends by itself where nobody asks it for long, and gives its name. */
export async function addConsumer(
  jsm: JetStreamManager,
  stream: string,
  subject: string,
  { from, lastOnly = false, headsOnly = false }: ConsumerStart,
): Promise<string> {
  const start = lastOnly
    ? ({ deliver_policy: "last_per_subject" } as const)
    : ({ deliver_policy: "by_start_sequence", opt_start_seq: from } as const);
  const { name } = await jsm.consumers.add(stream, {
    ...start,
    ack_policy: "none",
    filter_subject: subject,
    headers_only: headsOnly,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: 60_000 * 1e6,
  });
  return name;
}

/** Message after so many; throws where some were lost on their way, as when one of the servers between ends. */
export function nextOfConsumer(message: Msg, got: number): NatsMessage {
  const delivered = deliveredMessage(message);
  if (delivered.sent !== got + 1) throw new Error("messages of a consumer were lost");
  return delivered;
}
