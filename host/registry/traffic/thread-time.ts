import { unitsPerMillisecond } from "../../fuel-prices.ts";

/** Units of fuel that a call may use which can't have taken long: time that units do not pay for is charged too. */
export const cheapFuel = 8_000_000;

/** Units of what our own side of a small call takes: a microsecond. */
export const ownFuel = 10_000;

/** Calls between two that are looked at, on average. */
const defaultGap = 16;
/** Calls that are looked at one after the other when one has taken too long. */
const watched = 64;
/** Units that a call may take in time beyond its fuel: what our own side of it takes. */
const ownSide = 200_000;

/** Milliseconds for which a reading of the thread's time stands for the beginning of a call. */
const fresh = 1;

/** Milliseconds: by the clock, and of this thread. */
export interface Clocks {
  readonly wall: () => number;
  readonly thread: () => number;
}

const machine: Clocks = {
  wall: () => performance.now(),
  thread: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e3;
  },
};

/**
 * Time of the host's thread that a plugin's calls take and their fuel does not say: of guests that end before anybody
 * looks at a clock, and of what the host does for them. Reading clocks takes as long as a small call, so one call in some
 * is looked at, which nobody can foresee; when that took too long, so are those that follow, and what they take counts.
 */
export class ThreadTime {
  readonly #clocks: Clocks;
  /** Calls until the next one that is looked at. */
  #until = gap();
  /** Calls that are yet to be watched. */
  #watching = 0;
  #began = 0;
  /** Reading of the thread's time that the call is held against, and when that was: one for all calls of a millisecond. */
  #threadBegan = 0;
  #threadRead = Number.NEGATIVE_INFINITY;
  /** Milliseconds that the thread itself had of the call watched: it may have waited while others had the processor. */
  #own = 0;
  // Of the calls watched: what they took, and what has been paid for that.
  #wall = 0;
  #thread = 0;
  #paid = 0;

  constructor(clocks: Clocks = machine) {
    this.#clocks = clocks;
  }

  /** A call begins. Whether it is looked at: then `pause` and `owed` follow. */
  begin(): boolean {
    if (--this.#until > 0) return false;
    this.#began = this.#clocks.wall();
    if (this.#watching === 0) this.#until = gap();
    else {
      this.#until = 1;
      if (this.#began - this.#threadRead > fresh) this.#readThread(this.#began);
    }
    return true;
  }

  /** It has returned, or a promise, and others may run. Gives the milliseconds until then. */
  pause(): number {
    const wall = this.#clocks.wall() - this.#began;
    if (this.#watching > 0) {
      // What takes no longer than our own side of it is late by neither clock, and this one takes long to read.
      this.#own = wall * unitsPerMillisecond > ownSide ? this.#ownSince(wall) : wall;
      this.#wall += wall;
      this.#thread += this.#own;
    }
    return wall;
  }

  /** It has come to its end. Gives the units that are owed for what it took, beside its fuel. */
  owed(milliseconds: number, fuel: number): number {
    const paid = fuel + ownSide;
    if (this.#watching === 0) {
      if (milliseconds * unitsPerMillisecond > paid) this.#watch();
      return 0;
    }
    const late = Math.min(milliseconds, this.#own) * unitsPerMillisecond > paid;
    this.#watching = late ? watched : this.#watching - 1;
    this.#paid += paid;
    const owed = Math.max(0, Math.min(this.#wall, this.#thread) * unitsPerMillisecond - this.#paid);
    this.#paid += owed;
    return owed;
  }

  /** Milliseconds that the thread had since the last reading: of the call, and up to `fresh` of what came before it. */
  #ownSince(wall: number): number {
    const before = this.#threadBegan;
    this.#readThread(this.#began + wall);
    return this.#threadBegan - before;
  }

  #readThread(at: number): void {
    this.#threadBegan = this.#clocks.thread();
    this.#threadRead = at;
  }

  #watch(): void {
    this.#watching = watched;
    this.#until = 1;
    this.#wall = this.#thread = this.#paid = 0;
  }
}

function gap(): number {
  return 1 + Math.floor(Math.random() * (2 * defaultGap - 1));
}
