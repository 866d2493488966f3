/** Messages of the log of a store on NATS: one or more events, and the change that they tell of. */
import { asciiJson, type NatsMessage } from "../../nats/nats-message.ts";
import { parsedForm, unknownIn } from "../../skew/known-form.ts";
import { isObject } from "../../text/json-value.ts";
import { type EventRow, eventBytes, type NewEventRow } from "../rows.ts";
import { unreadKind } from "../store.ts";

/**
 * Form of a message, whatever it tells. In all forms its head has its events, and of a commit plugin, revision, digest, size and time: so
 * every host knows what has changed, though perhaps not how.
 */
const logForm = { form: 1 };

/** Facts of a message that are read without its content. */
export interface LogHead {
  /** Absent: 1. */
  readonly form?: number;
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
  /** Version of the Hotcell that has committed it; absent in what earlier ones have. */
  readonly hotcell?: string;
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

/** Head of a message; of one that has none, that it tells nothing. */
export function readHead({ head }: NatsMessage): LogHead {
  const read = parsedForm(head);
  return isObject(read) && Array.isArray(read.events) ? (read as unknown as LogHead) : { events: [] };
}

/** Clause on what of a message this Hotcell does not know; undefined where it may go by it. */
export function unknownInMessage(message: NatsMessage): string | undefined {
  return unknownIn(readHead(message), logForm);
}

/** Content of a message; empty where it is none that this Hotcell knows. */
export function readContent<Change>({ data }: NatsMessage): Partial<LogContent<Change>> {
  const read = parsedForm(data);
  return isObject(read) ? (read as Partial<LogContent<Change>>) : {};
}

/** Events of a message, each as it is; in place of those that can't be read here, ones that say so. */
export function eventsOf(message: NatsMessage): EventRow[] {
  const { events } = readContent(message);
  const rows = Array.isArray(events) ? (events as NewEventRow[]) : unread(message);
  return rows.map((event, index) => ({ ...event, id: eventId(message.seq, index) }));
}

/** Events whose data are no JSON: so they are told as damaged. */
function unread(message: NatsMessage): NewEventRow[] {
  const { events, commit } = readHead(message);
  const at = new Date(message.time).toISOString();
  return events.map(([, plugin]) => ({
    ...{ at, kind: unreadKind, who: null, plugin, revision: commit?.revision ?? null, data: "" },
  }));
}
