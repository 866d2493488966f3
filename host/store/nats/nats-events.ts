/** Event log of a store on NATS: pages of it, its bounds, and what is forgotten. */
import type { NatsLink } from "../../nats/nats-link.ts";
import type { NatsMessage } from "../../nats/nats-message.ts";
import { type EventRow, eventBytes, type NewEventRow, pageOf } from "../rows.ts";
import { eventId, eventsOf, eventsOfMessage, headOf, messageOf, readHead } from "./log-message.ts";
import type { Places } from "./places.ts";

export class NatsEvents {
  readonly #link: NatsLink;
  readonly #places: Places;

  constructor(link: NatsLink, places: Places) {
    this.#link = link;
    this.#places = places;
  }

  /** Ids of the events, stored in as few messages as they fit into; where one fails, those before it are taken back. */
  async append(events: readonly NewEventRow[]): Promise<number[]> {
    const ids: number[] = [];
    const stored: number[] = [];
    try {
      for (const group of groupsOf(events, this.#link.messageBytes)) {
        const data = JSON.stringify({ events: group });
        const seq = (await this.#link.publish(this.#places.events, { data, head: headOf(group) }))!;
        stored.push(seq);
        ids.push(...group.map((_, index) => eventId(seq, index)));
      }
    } catch (error) {
      for (const seq of stored) await this.#link.remove(this.#places.log, seq, true).catch(() => {});
      throw error;
    }
    return ids;
  }

  async page(after: number, limit: number, bytes: number, plugin: string | undefined): Promise<EventRow[]> {
    const first = Math.max(after + 1, await this.first());
    const from = Math.max(1, messageOf(first));
    const messages =
      plugin === undefined
        ? await this.#read(from, first, limit, bytes)
        : await this.#readOf(plugin, from, first, limit, bytes);
    const rows = messages
      .flatMap(eventsOf)
      .filter((row) => row.id >= first && (plugin === undefined || row.plugin === plugin));
    return pageOf(rows.slice(0, limit), bytes, eventBytes);
  }

  async range(): Promise<{ first: number; last: number }> {
    const first = await this.first();
    const newest = await this.#link.last(this.#places.log, this.#places.everyEvent);
    const last = newest ? eventId(newest.seq, readHead(newest).events.length - 1) : 0;
    return { first, last: Math.max(last, first - 1) };
  }

  /** Id of the first event that is kept; what has a lower one may be there, as history. */
  async first(): Promise<number> {
    return (await this.#first()).first;
  }

  /** Number of events that are forgotten, and the id from which on that is. */
  async trim(keep: number, bytes: number): Promise<{ readonly trimmed: number; readonly from: number }> {
    for (const outrun = this.#link.turns(this.#places.first); ; await outrun()) {
      const { first, seq } = await this.#first();
      const from = Math.max(1, messageOf(first));
      const messages = await this.#link.scan(this.#places.log, this.#places.everyEvent, {
        ...{ from, headsOnly: true },
      });
      const all = messages.flatMap((message) =>
        readHead(message).events.map(([size], index) => ({ size, id: eventId(message.seq, index) })),
      );
      const events = all.filter(({ id }) => id >= first);
      let left = bytes;
      const newest = events.slice(Math.max(0, events.length - keep));
      const gone = newest.findLastIndex(({ size }) => {
        left -= size;
        return left < 0;
      });
      const kept = newest.slice(gone + 1);
      const trimmed = events.length - kept.length;
      if (trimmed === 0) return { trimmed, from: first };
      const data = `${kept[0]?.id ?? events.at(-1)!.id + 1}`;
      if ((await this.#link.publish(this.#places.first, { data, expected: seq })) === undefined) continue;
      await this.#link.purge(this.#places.log, this.#places.events, messageOf(Number(data)));
      return { trimmed, from: first };
    }
  }

  async #first(): Promise<{ readonly first: number; readonly seq: number }> {
    const message = await this.#link.last(this.#places.data, this.#places.first);
    return { first: message ? Number(Buffer.from(message.data).toString()) : 1, seq: message?.seq ?? 0 };
  }

  async #read(from: number, first: number, limit: number, bytes: number): Promise<NatsMessage[]> {
    return this.#link.scan(this.#places.log, this.#places.everyEvent, {
      ...{ from, batch: readAtOnce },
      wants: () => roomFor(first, limit, bytes),
    });
  }

  /** Messages with an event of a plugin: their heads tell. */
  async #readOf(
    plugin: string,
    from: number,
    first: number,
    limit: number,
    bytes: number,
  ): Promise<NatsMessage[]> {
    const heads = await this.#link.scan(this.#places.log, this.#places.everyEvent, { from, headsOnly: true });
    const wanted = roomFor(first, limit, bytes, plugin);
    const messages: NatsMessage[] = [];
    for (const head of heads) {
      if (!readHead(head).events.some(([, of]) => of === plugin)) continue;
      if (!wanted(head)) break;
      const message = await this.#link.get(this.#places.log, head.seq);
      if (message) messages.push(message);
    }
    return messages;
  }
}

/** Test for messages that a page has room for; one in any case. */
function roomFor(
  first: number,
  limit: number,
  bytes: number,
  plugin?: string,
): (message: NatsMessage) => boolean {
  let count = 0;
  let size = 0;
  return (message) => {
    if (count >= limit || size > bytes) return false;
    for (const [index, [own, of]] of readHead(message).events.entries()) {
      if (eventId(message.seq, index) < first || (plugin !== undefined && of !== plugin)) continue;
      count++;
      size += own;
    }
    return true;
  };
}

const readAtOnce = 64;

/** Events in groups that have room in one message each. */
function groupsOf(events: readonly NewEventRow[], bytes: number): NewEventRow[][] {
  const groups: NewEventRow[][] = [];
  let size = Infinity;
  for (const event of events) {
    const own = Buffer.byteLength(JSON.stringify(event)) + Buffer.byteLength(event.plugin ?? "") + 20;
    size += own;
    if (size > bytes || groups.at(-1)!.length === eventsOfMessage) {
      groups.push([]);
      size = own;
    }
    groups.at(-1)!.push(event);
  }
  return groups;
}
