/** Message of a stream, as it is read back. */
import type { JetStreamManager } from "@nats-io/jetstream";
import type { Msg, MsgHdrs } from "@nats-io/transport-node";

export interface NatsMessage {
  /** Number in the stream. */
  readonly seq: number;
  readonly subject: string;
  /** Id that its publisher gave it. */
  readonly id: string | undefined;
  /** Text that is told without its content; empty if nothing is. */
  readonly head: string;
  /** Number of the message that was to be the last that counts before it; undefined where it was published in any case. */
  readonly after: number | undefined;
  /** Empty where only heads were asked for. */
  readonly data: Uint8Array;
  /** Milliseconds: when the stream has taken it. */
  readonly time: number;
  /** Messages that the consumer has after it. */
  readonly pending: number;
  /** Count of messages that the consumer has sent, with this one; 0 for one that the server was asked for. */
  readonly sent: number;
}

/** Header of a message's head: consumers give heads alone. */
export const headHeader = "Hotcell";

/** Header that says which message was to be the last before. */
export const afterHeader = "Hotcell-After";

const idHeader = "Nats-Msg-Id";

/** Message of a consumer: its reply subject is `$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQ.DELIVERY.TIME.PENDING`, or with domain and account before the stream. */
export function deliveredMessage({ subject, headers, data, reply = "" }: Msg): NatsMessage {
  const parts = reply.split(".");
  const at = parts.length === 9 ? 2 : 4;
  const seq = Number(parts[at + 3]);
  const pending = Number(parts[at + 6]);
  const time = Number(parts[at + 5]) / 1e6;
  const sent = Number(parts[at + 4]);
  return { seq, subject, pending, sent, data, time, ...told(headers) };
}

/** Message that the server was asked for. */
export function storedMessage(message: {
  readonly seq: number;
  readonly subject: string;
  readonly header: MsgHdrs;
  readonly data: Uint8Array;
  readonly time: Date;
}): NatsMessage {
  const { seq, subject, header, data, time } = message;
  return { seq, subject, data, time: time.getTime(), pending: 0, sent: 0, ...told(header) };
}

export type StreamQuery = Parameters<JetStreamManager["streams"]["getMessage"]>[1];

/** Query that the server knows, and the client's types do not. */
export function nextOf(subject: string, seq: number): { readonly seq: number } {
  const query = { next_by_subj: subject, seq };
  return query;
}

/** Messages one after the other: `next` gives the first whose number is that or higher. */
export async function* eachFrom(
  seq: number,
  next: (seq: number) => Promise<NatsMessage | undefined>,
): AsyncGenerator<NatsMessage> {
  for (let at = seq; ; at++) {
    const message = await next(at);
    if (!message) return;
    yield message;
    at = message.seq;
  }
}

/** The last message of each subject, in order of their numbers. */
export function lastOfEach(messages: readonly NatsMessage[]): NatsMessage[] {
  const last = new Map(messages.map((message) => [message.subject, message.seq]));
  return messages.filter(({ subject, seq }) => last.get(subject) === seq);
}

/** JSON in ASCII: headers are that to some. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function told(headers: MsgHdrs | undefined): Pick<NatsMessage, "id" | "head" | "after"> {
  const after = headers?.get(afterHeader);
  return {
    id: headers?.get(idHeader) || undefined,
    head: headers?.get(headHeader) ?? "",
    after: after ? Number(after) : undefined,
  };
}
