/** Messages of the log of a store on NATS: one or more events, and the change that they tell of. */
import { asciiJson, type NatsMessage } from "../../nats/nats-message.ts";
import { type EventRow, eventBytes, type NewEventRow } from "../rows.ts";

/** Facts of a message that are read without its content. */
export interface LogHead {
  /** Size and plugin of each event. */
  readonly events: readonly (readonly [number, string | null])[];
  readonly commit?: CommitHead;
}

export interface CommitHead {
  readonly plugin: string;
  readonly revision: number;
  /** Null: it removed the plugin. */
  readonly digest: string | null;
  readonly size: number | null;
  readonly at: string;
  /** Bytes of settings and details in the history. */
  readonly bytes: number;
  /** Digest of what was too large for the message. */
  readonly spill?: string;
}

/** Rest of a commit, in a blob if it is large. */
export interface CommitBody {
  readonly outcome: string;
  readonly who: string | null;
  /** Settings as the history shows them. */
  readonly shown: string;
  /** Settings that a restart needs, where these are others than are shown, and have no secrets. */
  readonly asked?: string;
  readonly details: string;
  readonly about: string | null;
  readonly checks: string;
}

/** Numbers of the messages that have settings with secrets, in order. */
export type KeptSettings = readonly number[];

export interface LogContent<Change = unknown> {
  readonly events: readonly NewEventRow[];
  readonly commit?: CommitBody;
  /** Place of settings with secrets. */
  readonly settings?: KeptSettings;
  readonly change?: Change;
}

/** Events that one message can have: its number times this is the id of its first. */
export const eventsOfMessage = 1000;

export function eventId(seq: number, index: number): number {
  return seq * eventsOfMessage + index;
}

/** Number of the message that an event is in. */
export function messageOf(id: number): number {
  return Math.floor(id / eventsOfMessage);
}

export function headOf(events: readonly NewEventRow[], commit?: CommitHead): string {
  const head: LogHead = {
    events: events.map((event) => [eventBytes(event), event.plugin]),
    ...(commit && { commit }),
  };
  return asciiJson(head);
}

export function readHead({ head }: NatsMessage): LogHead {
  return JSON.parse(head) as LogHead;
}

export function readContent<Change>({ data }: NatsMessage): LogContent<Change> {
  return JSON.parse(Buffer.from(data).toString()) as LogContent<Change>;
}

export function eventsOf(message: NatsMessage): EventRow[] {
  return readContent(message).events.map((event, index) => ({ ...event, id: eventId(message.seq, index) }));
}
