/** Follower of a store: whatever a host commits there comes to run here. */
import { RareLine } from "../platform/rare-line.ts";
import { watchStore } from "../store/given-store.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import { harmlessFault } from "../text/harmless.ts";

/** Plugins that are followed at a time: each may have a version to compile and start. */
const maxBusy = 16;
/** Milliseconds until what could not be followed is tried again: doubled each time, up to the most. */
const [firstPause, maxPause] = [1_000, 60_000];
/** Milliseconds between looks whether the store has told all that it has. */
const lookEvery = 10_000;

/** Follows one plugin to this revision at least; rejects where it has to be tried again. */
type Follow = (plugin: string, revision: number) => Promise<void>;
/** Takes note that what events up to this one tell is followed, or is to be tried again. */
type NoteFollowed = (event: number) => void;

interface Failed {
  readonly revision: number;
  readonly times: number;
  readonly timer: NodeJS.Timeout;
}

export class StoreFollower {
  readonly #store: Store;
  readonly #follow: Follow;
  readonly #noteFollowed: NoteFollowed;
  readonly #unwatch: () => void;
  /** Revisions by plugin: those to follow, those that are being followed, and those to be tried again. */
  readonly #wanted = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #failed = new Map<string, Failed>();
  /** Highest id of an event that was told, or is no news; undefined until that is known. */
  #heard: number | undefined;
  /** Id from which on events may have been missed. */
  #missedFrom: number | undefined;
  /** Ids of the first event of each plugin that is still to be followed, and of the last of any. */
  readonly #pending = new Map<string, number>();
  #last = 0;
  #catchingUp: Promise<void> | undefined;
  /** Highest id that there was at the last look. */
  #seen = 0;
  #begun = false;
  #closed = false;
  #looking: NodeJS.Timeout | undefined;
  readonly #line = new RareLine();

  private constructor(store: Store, follow: Follow, noteFollowed: NoteFollowed) {
    this.#store = store;
    this.#follow = follow;
    this.#noteFollowed = noteFollowed;
    this.#unwatch = watchStore(store, (event, before) => this.#hear(event, before));
  }

  /** Watches from here on, so that what is read of the store afterwards is no older; nothing is followed before `begin`. */
  static async watch(
    store: Store,
    follow: Follow,
    noteFollowed: NoteFollowed = () => {},
  ): Promise<StoreFollower> {
    const follower = new StoreFollower(store, follow, noteFollowed);
    try {
      // What was added before the store began to tell.
      const { last } = await store.eventRange();
      follower.#heard = Math.max(last, follower.#heard ?? 0);
      follower.#last = Math.max(last, follower.#last);
      return follower;
    } catch (error) {
      await follower.close();
      throw error;
    }
  }

  /** Plugins are known, as they were stored at some time since `watch`. */
  begin(): void {
    this.#begun = true;
    this.#tell();
    this.#looking = setInterval(() => void this.#look(), lookEvery).unref();
    this.#pump();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    clearInterval(this.#looking);
    this.#wanted.clear();
    for (const { timer } of this.#failed.values()) clearTimeout(timer);
    this.#failed.clear();
    await this.#catchingUp;
  }

  #hear(event: StoredEvent, before = event.id - 1): void {
    const heard = this.#heard ?? event.id;
    if (before > heard) this.#missed(heard);
    this.#heard = Math.max(heard, event.id);
    this.#note(event);
  }

  #note({ id, plugin, revision }: Pick<StoredEvent, "id" | "plugin" | "revision">): void {
    if (plugin !== undefined && revision !== undefined) this.#want(plugin, revision, id);
  }

  #want(plugin: string, revision: number, event: number): void {
    if (this.#closed) return;
    this.#last = Math.max(this.#last, event);
    const failed = this.#failed.get(plugin);
    if (failed && failed.revision >= revision) {
      this.#tell();
      return;
    }
    this.#pending.set(plugin, Math.min(event, this.#pending.get(plugin) ?? event));
    this.#wanted.set(plugin, Math.max(revision, this.#wanted.get(plugin) ?? 0));
    this.#pump();
  }

  #pump(): void {
    if (!this.#begun) return;
    for (const [plugin, revision] of this.#wanted) {
      if (this.#busy.size >= maxBusy) return;
      // The latest wins: whatever is committed until it has ended is followed at once.
      if (this.#busy.has(plugin)) continue;
      this.#wanted.delete(plugin);
      void this.#run(plugin, revision);
    }
  }

  async #run(plugin: string, revision: number): Promise<void> {
    const times = this.#failed.get(plugin)?.times ?? 0;
    clearTimeout(this.#failed.get(plugin)?.timer);
    this.#failed.delete(plugin);
    this.#busy.add(plugin);
    try {
      await this.#follow(plugin, revision);
    } catch {
      if (!this.#closed) this.#tryAgain(plugin, revision, times + 1);
    } finally {
      this.#busy.delete(plugin);
      if (!this.#wanted.has(plugin)) this.#pending.delete(plugin);
      this.#tell();
      this.#pump();
    }
  }

  #tell(): void {
    if (!this.#begun || this.#closed) return;
    const firsts = [...this.#pending.values()].map((id) => id - 1);
    this.#noteFollowed(Math.min(this.#last, this.#missedFrom ?? this.#last, ...firsts));
  }

  #tryAgain(plugin: string, revision: number, times: number): void {
    const pause = Math.min(firstPause * 2 ** (times - 1), maxPause);
    const timer = setTimeout(() => {
      this.#wanted.set(plugin, Math.max(revision, this.#wanted.get(plugin) ?? 0));
      this.#pump();
    }, pause).unref();
    this.#failed.set(plugin, { revision, times, timer });
  }

  /** A store that tells late is given until the next look. */
  async #look(): Promise<void> {
    const [seen, heard = 0] = [this.#seen, this.#heard];
    try {
      this.#seen = (await this.#store.eventRange()).last;
    } catch {
      // Whoever needs the store is told.
      return;
    }
    if (heard < seen && this.#heard === heard) this.#missed(heard);
    else if (this.#missedFrom !== undefined) this.#missed(this.#missedFrom);
  }

  #missed(from: number): void {
    this.#missedFrom = Math.min(from, this.#missedFrom ?? from);
    if (this.#closed) return;
    this.#catchingUp ??= this.#catchUp()
      .catch((error: unknown) => this.#line.say(() => `Following the store: ${harmlessFault(error)}`))
      .finally(() => {
        this.#catchingUp = undefined;
        this.#tell();
      });
  }

  /** Reads what was missed; where the log has forgotten that, compares all plugins. */
  async #catchUp(): Promise<void> {
    const store = this.#store;
    while (this.#missedFrom !== undefined && !this.#closed) {
      const after = this.#missedFrom;
      const { first, last } = await store.eventRange();
      if (first > after + 1) {
        for (const { name, revision } of await store.list()) this.#want(name, revision, last);
        this.#missedFrom = undefined;
        this.#heard = Math.max(this.#heard ?? 0, last);
        return;
      }
      const page = await store.events({ after });
      for (const event of page) this.#note(event);
      const read = page.at(-1)?.id;
      const done = read === undefined || read >= last;
      if (read !== undefined) this.#heard = Math.max(this.#heard ?? 0, read);
      // What was missed since then begins later.
      if (this.#missedFrom >= after) this.#missedFrom = done ? undefined : read;
    }
  }
}
