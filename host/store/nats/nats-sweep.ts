/**
 * Sweep of a store on NATS: now and then one of its hosts looks at everything, and removes what others have left that died. That it has begun is
 * told by a message, so that the others leave it at that.
 */
import { sweepSnapshots } from "../../backends/key-value/nats/snapshots.ts";
import { type Blobs, pinTime } from "../../nats/blobs.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import type { NatsCollection } from "./nats-collection.ts";
import type { NatsCommits } from "./nats-commits.ts";
import type { NatsHistory } from "./nats-history.ts";
import type { NatsRecords } from "./nats-records.ts";
import type { NatsRegisters } from "./nats-registers.ts";
import type { Places } from "./places.ts";

/** Parts of a store that leave something. */
interface Swept {
  readonly commits: Pick<NatsCommits, "sweep">;
  readonly blobs: Pick<Blobs, "sweep">;
  readonly records: Pick<NatsRecords, "sweep">;
  readonly collection: Pick<NatsCollection, "collectAll">;
  readonly history: Pick<NatsHistory, "forget">;
  readonly registers: Pick<NatsRegisters, "forget">;
  /** Id of the first event that is kept. */
  first(): Promise<number>;
}

/** Milliseconds from one sweep of a store to the next. */
const standardEvery = 600_000;
/** Milliseconds after which a host that did not say that it lives, as it does every second, is forgotten. */
const silence = 3_600_000;

export class NatsSweep implements AsyncDisposable {
  readonly #link: NatsLink;
  readonly #places: Places;
  readonly #parts: Swept;
  readonly #every: number;
  #timer: NodeJS.Timeout;
  #sweeping: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(link: NatsLink, places: Places, parts: Swept, every: number = standardEvery) {
    this.#link = link;
    this.#places = places;
    this.#parts = parts;
    this.#every = every;
    // Hosts that never run for long sweep too.
    this.#timer = this.#lookAfter(every / 10);
  }

  /** Sweeps where no host has begun that for long; true where this one did. A store that was never swept is new, and only waits from now on. */
  async look(): Promise<boolean> {
    const { data, swept } = this.#places;
    const last = await this.#link.last(data, swept);
    // Clocks of hosts and servers differ; one that is far ahead is not waited for.
    if (last && Math.abs(Date.now() - last.time) < this.#every) return false;
    const begun = await this.#link.publish(swept, { expected: last?.seq ?? 0 });
    if (begun === undefined || !last) return false;
    await this.#sweep(begun);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  #lookAfter(time: number): NodeJS.Timeout {
    return setTimeout(() => {
      const looked = this.look().catch(() => {});
      this.#sweeping = looked.then(() => {
        if (!this.#closed) this.#timer = this.#lookAfter(this.#every);
      });
    }, time).unref();
  }

  /** `begun`: number of the message that says so. */
  async #sweep(begun: number): Promise<void> {
    const { commits, blobs, records, collection, history, registers } = this.#parts;
    await collection.collectAll();
    await history.forget(await this.#parts.first());
    await commits.sweep(pinTime);
    await blobs.sweep(pinTime);
    await records.sweep(pinTime);
    const { data, values: log, valueData: prefix, valueChanges } = this.#places;
    // Both times are the servers'.
    const now = await this.#link.get(data, begun);
    if (now) await registers.forget("node", now.time - silence);
    const changes = () => `${valueChanges}.*`;
    await sweepSnapshots(this.#link, { log, data, prefix, changes }, pinTime);
  }
}
