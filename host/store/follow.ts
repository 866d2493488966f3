import { streamBounds } from "../bounds/http-bounds.ts";
import { watchStore } from "./given-store.ts";
import type { Store, StoredEvent } from "./store.ts";

export interface FollowOptions {
  /** Begin after this event; 0 for the oldest that is kept. */
  readonly after: number;
  /** Only those of one plugin. */
  readonly plugin?: string | undefined;
  /** Only those of these plugins; asked for every event. */
  readonly plugins?: { has(plugin: string): boolean } | undefined;
  /** Ends it after this event, or where there is none left up to it. */
  readonly until?: number | undefined;
  /** Asked whenever something has happened; ends it. */
  readonly over?: () => boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Asked before events are read and told when they have been taken; ends it if it says no. */
  readonly room?: FollowRoom;
}

export interface FollowRoom {
  /** Takes room for a page of events: `followedBytes` of JSON, or one event. */
  take(): boolean;
  give(): void;
}

/** Bytes of JSON that a follower holds at one time. */
export const followedBytes = streamBounds.eventBytes.value;
const followedEvents = streamBounds.events.value;

/**
 * The log from an event on, then on as it grows, without gap or repetition. Reads only as fast as the consumer takes: a
 * slow one holds a page, and the rest is where it is. What the log has forgotten before it was taken is told by an event
 * of kind `dropped`, with the ids `from` and `to`. Ends when the signal does; throws what `Store.events` throws.
 */
export async function* follow(
  store: Store,
  { after, until = Infinity, plugin, plugins, over = () => false, signal, room }: FollowOptions,
): AsyncGenerator<StoredEvent, void, undefined> {
  let grown = Promise.withResolvers<void>();
  const wake = () => grown.resolve();
  const unwatch = watchStore(store, wake);
  signal.addEventListener("abort", wake);
  let held = false;
  const release = () => {
    if (held) room?.give();
    held = false;
  };
  try {
    while (!signal.aborted && !over() && after < until) {
      // Renewed before the read: what is added while it runs wakes the next one.
      grown = Promise.withResolvers();
      held = room?.take() ?? true;
      if (!held) return;
      const page = await store.events({ after, limit: followedEvents, bytes: followedBytes, plugin });
      // Without a gap nothing can have been forgotten.
      const first = page[0]?.id === after + 1 ? after + 1 : (await store.eventRange()).first;
      if (first > after + 1 && !signal.aborted) {
        yield forgotten(after + 1, first - 1, plugin);
        after = first - 1;
      }
      for (const event of page) {
        if (signal.aborted || event.id > until) return;
        after = Math.max(after, event.id);
        if (!plugins || (event.plugin !== undefined && plugins.has(event.plugin))) yield event;
      }
      release();
      if (page.length === 0 && until !== Infinity) return;
      if (page.length === 0 && !signal.aborted) await grown.promise;
    }
  } finally {
    release();
    unwatch();
    signal.removeEventListener("abort", wake);
  }
}

/** Its id is the last one forgotten: whoever comes again after it is not told twice. */
function forgotten(from: number, to: number, plugin: string | undefined): StoredEvent {
  return {
    id: to,
    at: new Date().toISOString(),
    kind: "dropped",
    who: undefined,
    plugin,
    revision: undefined,
    data: { from, to, reason: "The log had forgotten them before they were read." },
  };
}
