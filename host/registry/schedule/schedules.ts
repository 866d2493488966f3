/** Schedules of all plugins of a registry. */
import type { Store, StoredEvent } from "../../store/store.ts";
import { sameJson } from "../../wit/json/json-function.ts";
import { nameOf, type ScheduleEntry } from "../settings/schedule-setting.ts";
import { PassedTimes } from "./passed-times.ts";
import type { ScheduledEvent } from "./schedule-teller.ts";
import { ScheduledCall, type ScheduledState } from "./scheduled-call.ts";

interface ScheduleMeans {
  /** Makes a call, of whatever version is live then. */
  readonly call: (plugin: string, entry: ScheduleEntry) => Promise<unknown>;
  readonly tell: (plugin: string, event: ScheduledEvent) => void;
  /** True on the one host, of several on a store, that makes the calls of a plugin's schedule; absent: this one does. */
  readonly leads?: (plugin: string) => boolean;
}

export class Schedules {
  readonly #means: ScheduleMeans;
  readonly #calls = new Map<string, ScheduledCall[]>();
  readonly #passed = new PassedTimes();
  #closed = false;

  constructor(means: ScheduleMeans) {
    this.#means = means;
  }

  /** Takes note of what is stored of a plugin: entries that stay as they were go on. */
  store(plugin: string, entries: readonly ScheduleEntry[]): void {
    const before = this.#calls.get(plugin) ?? [];
    if (this.#closed || (before.length === 0 && entries.length === 0)) return;
    const after = entries.map(
      (entry) => before.find((each) => sameJson(each.entry, entry)) ?? this.#begin(plugin, entry),
    );
    for (const each of before) if (!after.includes(each)) each.stop();
    if (after.length > 0) this.#calls.set(plugin, after);
    else this.#calls.delete(plugin);
  }

  of(plugin: string): ScheduledState[] {
    return (this.#calls.get(plugin) ?? []).map(({ state }) => state);
  }

  /** Tells of the times that passed while no host ran: since the last event of an entry, or the plugin's last change. */
  async tellMissed(store: Store, changedAt: (plugin: string) => string | undefined): Promise<void> {
    for (const [plugin, calls] of [...this.#calls]) {
      // Who can't read events is told so elsewhere.
      const last = await lastEvents(store, plugin).catch(() => new Map<string, string>());
      const changed = changedAt(plugin);
      for (const call of calls) {
        if (this.#closed || !this.#calls.get(plugin)?.includes(call)) continue;
        const since = [last.get(nameOf(call.entry)), changed].filter((at) => at !== undefined).sort();
        if (since.length > 0) await call.wasDown(new Date(since.at(-1)!));
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const calls of this.#calls.values()) for (const call of calls) call.stop();
  }

  #begin(plugin: string, entry: ScheduleEntry): ScheduledCall {
    const { call, tell, leads = () => true } = this.#means;
    return new ScheduledCall(entry, {
      call: (entry) => call(plugin, entry),
      tell: (event) => tell(plugin, event),
      leads: () => leads(plugin),
      passed: this.#passed,
    });
  }
}

/** Times of the last events of a plugin's entries, by their names. */
async function lastEvents(store: Store, plugin: string): Promise<Map<string, string>> {
  const last = new Map<string, string>();
  let page: StoredEvent[];
  let after = 0;
  do {
    page = await store.events({ plugin, after });
    for (const { id, at, kind, data } of page) {
      after = id;
      const { name } = (data ?? {}) as { readonly name?: unknown };
      if (kind === "scheduled" && typeof name === "string") last.set(name, at);
    }
  } while (page.length > 0);
  return last;
}
