import type { Store, StoredEvent } from "./store.ts";

export interface FollowOptions {
  /** Begin after this event; 0 for the oldest that is kept. */
  readonly after: number;
  /** Only those of one plugin. */
  readonly plugin?: string | undefined;
  /** Only those of these plugins; asked for every event. */
  readonly plugins?: { has(plugin: string): boolean } | undefined;
  /** Asked whenever something has happened; ends it. */
  readonly over?: () => boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * The log from an event on, then on as it grows, without gap or repetition. Reads only as fast as the consumer takes, so
 * that a slow one costs no memory. Ends when the signal does; throws what `Store.events` throws.
 */
export async function* follow(
  store: Store,
  { after, plugin, plugins, over = () => false, signal }: FollowOptions,
): AsyncGenerator<StoredEvent, void, undefined> {
  const limit = 200;
  let grown = Promise.withResolvers<void>();
  const wake = () => grown.resolve();
  const unwatch = store.watch(wake);
  signal.addEventListener("abort", wake);
  try {
    while (!signal.aborted && !over()) {
      // Renewed before the read: what is added while it runs wakes the next one.
      grown = Promise.withResolvers();
      const page = await store.events({ after, limit, plugin });
      for (const event of page) {
        if (signal.aborted) return;
        after = event.id;
        if (!plugins || (event.plugin !== undefined && plugins.has(event.plugin))) yield event;
      }
      if (page.length < limit && !signal.aborted) await grown.promise;
    }
  } finally {
    unwatch();
    signal.removeEventListener("abort", wake);
  }
}
