/**
 * Lookups of names for all plugins of a host. Whoever looks up a name holds a thread of Node's until somebody answers, and there are
 * few of these: a plugin has one lookup at a time, plugins take turns, and who asks for a name that is being looked up waits for that.
 */
import { httpClientBounds } from "../../bounds/http-client-bounds.ts";
import type { AddressLookup } from "./checked-connect.ts";
import { RequestFailure } from "./request-failure.ts";

const ofPlugin = httpClientBounds.lookups.value;

/** Lookups for one deployment. */
export interface PluginLookups {
  /** Fails with `DNS-timeout` when its time is over. What was begun goes on: nobody can end it. */
  readonly lookup: AddressLookup;
  /** Tells whether somebody waits for a name. */
  waitsFor(name: string): boolean;
  /** Whoever waits is told nothing any more. */
  release(): void;
}

/** Somebody who waits for a name. */
interface Waiter {
  readonly plugin: string;
  readonly callback: Parameters<AddressLookup>[1];
  readonly timer: NodeJS.Timeout;
}

/** Name that is waited for. */
interface WantedName {
  readonly name: string;
  readonly waiters: Set<Waiter>;
  begun: boolean;
}

export class LookupTurns {
  readonly #lookup: AddressLookup;
  readonly #most: number;
  readonly #wanted = new Map<string, WantedName>();
  /** Names whose lookup has not begun, of each plugin; plugins in the order of their turns. */
  readonly #waiting = new Map<string, Map<Waiter, WantedName>>();
  /** Lookups under way, of each plugin that has any. */
  readonly #underWay = new Map<string, number>();
  #all = 0;

  /** `most`: lookups at one time. */
  constructor(lookup: AddressLookup, most: number) {
    this.#lookup = lookup;
    this.#most = most;
  }

  /** `time`: milliseconds until a lookup has to be answered. */
  forPlugin(plugin: string, time: number): PluginLookups {
    const own = new Map<Waiter, WantedName>();
    return {
      lookup: (name, callback) => {
        const wanted = this.#wanted.get(name) ?? { name, waiters: new Set(), begun: false };
        const late = () => {
          this.#leave(waiter, wanted);
          told(new RequestFailure("DNS-timeout"), []);
        };
        const told: typeof callback = (error, addresses) => {
          own.delete(waiter);
          callback(error, addresses);
        };
        const waiter: Waiter = { plugin, callback: told, timer: setTimeout(late, time) };
        own.set(waiter, wanted);
        this.#join(waiter, wanted);
      },
      waitsFor: (name) => own.values().some((wanted) => wanted.name === name),
      release: () => {
        for (const [waiter, wanted] of own) this.#leave(waiter, wanted);
        own.clear();
      },
    };
  }

  #join(waiter: Waiter, wanted: WantedName): void {
    this.#wanted.set(wanted.name, wanted);
    wanted.waiters.add(waiter);
    if (wanted.begun) return;
    const { plugin } = waiter;
    const names = this.#waiting.get(plugin) ?? new Map<Waiter, WantedName>();
    this.#waiting.set(plugin, names.set(waiter, wanted));
    this.#next();
  }

  #leave(waiter: Waiter, wanted: WantedName): void {
    clearTimeout(waiter.timer);
    wanted.waiters.delete(waiter);
    this.#unqueue(waiter);
    if (wanted.waiters.size === 0 && !wanted.begun) this.#wanted.delete(wanted.name);
  }

  #unqueue(waiter: Waiter): void {
    const names = this.#waiting.get(waiter.plugin);
    names?.delete(waiter);
    if (names?.size === 0) this.#waiting.delete(waiter.plugin);
  }

  #next(): void {
    for (const [plugin, names] of this.#waiting) {
      if (this.#all >= this.#most) return;
      if ((this.#underWay.get(plugin) ?? 0) >= ofPlugin) continue;
      const [wanted] = names.values();
      this.#begin(plugin, wanted!);
    }
  }

  #count(plugin: string, by: number): void {
    this.#all += by;
    const own = (this.#underWay.get(plugin) ?? 0) + by;
    if (own === 0) this.#underWay.delete(plugin);
    else this.#underWay.set(plugin, own);
  }

  /** Its next turn comes after those of all who wait now. */
  #putLast(plugin: string): void {
    const names = this.#waiting.get(plugin);
    if (!names) return;
    this.#waiting.delete(plugin);
    this.#waiting.set(plugin, names);
  }

  #begin(plugin: string, wanted: WantedName): void {
    wanted.begun = true;
    this.#count(plugin, 1);
    for (const waiter of wanted.waiters) this.#unqueue(waiter);
    this.#lookup(wanted.name, (error, addresses) => {
      this.#count(plugin, -1);
      this.#putLast(plugin);
      this.#wanted.delete(wanted.name);
      for (const { timer } of wanted.waiters) clearTimeout(timer);
      for (const { callback } of wanted.waiters) callback(error, addresses);
      this.#next();
    });
  }
}

/** Lookups that Node makes at one time: half of its threads (libuv's own measure), so that files and ciphers have the rest. */
export function lookupsAtOnce({ UV_THREADPOOL_SIZE }: NodeJS.ProcessEnv): number {
  const threads = Number(UV_THREADPOOL_SIZE ?? 4);
  return Number.isInteger(threads) && threads > 0 ? Math.ceil(Math.min(threads, 1024) / 2) : 1;
}
