/** Keys of the hosts of a store, as one of these hosts has them: followed, and changed step by step by the host that leads. */
import type { HeldKey, HeldKeys } from "../placement/far/far-place.ts";
import type { SharedRegisters } from "../store/store.ts";
import type { HostNode, Leases } from "./leases.ts";
import { type KeyFacts, NodeKeys } from "./node-key.ts";

/** Milliseconds between looks of the host that leads, which makes the next step once all have followed. */
const turnEvery = 500;
/** Looks after which it reads the keys though nobody has told of others: whoever changed them may have died before it could. */
const readEvery = 20;

/** Key of the hosts of a store, as whoever changes it is told. */
export interface ToldNodeKey {
  /** Count of the keys that there were with this one. */
  readonly number: number;
  /** `false` while the one before is accepted still. */
  readonly alone: boolean;
  /** Hosts that have not followed: what comes next waits for them. */
  readonly waitsFor: readonly Pick<HostNode, "id" | "machine" | "pid" | "version">[];
}

/** Key by which the hosts of a store on NATS know one another, as an owner of theirs asks for another. */
export interface NodeKeyControl {
  /** Rejects with `store-unavailable` where the store can't be asked. */
  told(): Promise<ToldNodeKey>;
  /** Lets a new key take the place of this one, unless one is about to: all hosts accept both until all have the new one. */
  rotate(who?: string): Promise<ToldNodeKey>;
}

/** Leases of these hosts, as far as their keys need them. */
export interface KeyedLeases extends Pick<Leases, "nodes"> {
  tellKeys(key: KeyFacts): Promise<void>;
}

export class KeyRing implements HeldKeys {
  readonly #registers: SharedRegisters;
  #keys: NodeKeys;
  #leases: KeyedLeases | undefined;
  #changed: () => void = () => {};
  #reading: Promise<void> | undefined;
  /** Readings one after the other, so that none that was slow has the last word. */
  #read: Promise<unknown> = Promise.resolve();
  #turning: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  private constructor(registers: SharedRegisters, keys: NodeKeys) {
    this.#registers = registers;
    this.#keys = keys;
  }

  /** Keys of a store, the first of which is made where there is none. Throws what the registers throw. */
  static async open(registers: SharedRegisters): Promise<KeyRing> {
    return new KeyRing(registers, await NodeKeys.of(registers));
  }

  get shown(): HeldKey {
    return this.#keys.shown;
  }

  get accepted(): readonly HeldKey[] {
    return this.#keys.accepted;
  }

  get facts(): KeyFacts {
    return this.#keys.facts;
  }

  /** Follows from here on. `leads`: true on the one host that makes the next step. `changed` is called after each. */
  follow(leases: KeyedLeases, leads: () => boolean, changed: () => void): void {
    this.#leases = leases;
    this.#changed = changed;
    // While it joined nobody waited for it; and what it has read by then, the others don't know.
    this.#readKept()
      .then(() => leases.tellKeys(this.facts))
      .catch(() => {});
    this.#timer = setInterval(() => {
      if (!leads()) return;
      this.#turning ??= this.#turn()
        .catch(() => {})
        .finally(() => {
          this.#turning = undefined;
        });
    }, turnEvery).unref();
  }

  /** Heeds what another host tells of its keys: where they are others, so may be those of the store. */
  heed({ key }: Pick<HostNode, "key">): void {
    const { shows, accepts } = this.facts;
    if (!key || (key.shows === shows && key.accepts.join() === accepts.join())) return;
    this.#reading ??= this.#readKept()
      .catch(() => {})
      .finally(() => {
        this.#reading = undefined;
      });
  }

  /** Lets another key take the place of this one, unless one is about to. True where this has begun it. Throws what the registers throw. */
  async rotate(): Promise<boolean> {
    for (;;) {
      await this.#readKept();
      if (this.#keys.changes) return false;
      if (!(await this.#keys.put(this.#registers, this.#keys.changing()))) continue;
      await this.#readKept();
      return true;
    }
  }

  /** Key as it is in the store now, and who has not followed. */
  async told(): Promise<ToldNodeKey> {
    await this.#readKept();
    const keys = this.#keys;
    const waitsFor = keys.changes ? await this.#waitedFor(keys) : [];
    return { number: keys.newest, alone: !keys.changes, waitsFor };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turning;
    await this.#reading;
  }

  async #turn(): Promise<void> {
    if (!this.#keys.changes && ++this.#looks % readEvery !== 0) return;
    await this.#readKept();
    const keys = this.#keys;
    if (!keys.changes || (await this.#waitedFor(keys)).length > 0) return;
    if (await keys.put(this.#registers, keys.next())) await this.#readKept();
  }

  async #waitedFor(keys: NodeKeys): Promise<ToldNodeKey["waitsFor"]> {
    const nodes = (await this.#leases?.nodes()) ?? [];
    return nodes
      .filter(({ key }) => !keys.isFollowedBy(key))
      .map(({ id, machine, pid, version }) => ({ id, machine, pid, version }));
  }

  #readKept(): Promise<void> {
    const read = this.#read.then(() => this.#takeKept());
    this.#read = read.catch(() => {});
    return read;
  }

  /** Takes what is kept for the truth, whatever its number: the store may have been put back to what it was. */
  async #takeKept(): Promise<void> {
    const kept = (await NodeKeys.kept(this.#registers)) ?? this.#keys.unkept;
    if (kept.seq === this.#keys.seq) return;
    this.#keys = kept;
    this.#changed();
    // The next beat says it too.
    await this.#leases?.tellKeys(this.facts).catch(() => {});
  }
}
