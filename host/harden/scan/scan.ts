import { loopCost } from "../../fuel-prices.ts";

/**
 * Notes of a scan of one function body: where something is to be inserted, in code order, and the tree of
 * stretches of code that are paid for together. Kept from function to function, so that scanning allocates nothing.
 */

/** Fuel for the stretch `a` may be charged here. */
export const chargeEvent = 0;
/** An operation whose time depends on its topmost operand; `a` is an index into `bulkKinds`. */
export const bulkEvent = 1;
/** The index of a global, which moves to `a`. */
export const globalEvent = 2;
/** Events before and after loop `a`. */
export const loopEvent = 3;
export const loopEndEvent = 4;
/** Event before a branch out of the innermost loop to frame `a`, or anything else that leaves it. */
export const exitEvent = 5;
/** The frame of an exit by an exception: nobody knows where that is caught. */
export const unknownFrame = -1;
/** A `br_if` out of the innermost loop to frame `a` that carries no values, with depth `b`. */
export const exitIfEvent = 6;
/** Event before an operation that a reset can't undo. */
export const dirtyEvent = 7;
/** Events before a `memory.grow` of memory `a`, and after one, or after a `table.grow`, of cost `b`: the operand was noted by a `bulkEvent`. */
export const growEvent = 8;
export const grownEvent = 9;
/** Events before and after loop `a`, where it is wrapped; its block type ends at `b`. */
export const wrapEvent = 10;
export const unwrapEvent = 11;
/** The label `b` of a `br` out of the innermost loop. */
export const labelEvent = 12;

/** Numbers that an event is. */
export const eventWords = 6;

export class Scan {
  /** Per event: start and end of the bytes it replaces, kind, a, b, innermost loop or -1. */
  events = new Int32Array(eventWords * 1024);
  eventCount = 0;

  /** Per stretch: what it costs, the stretch that leads to it, its innermost loop or -1. */
  stretchCost = new Float64Array(1024);
  stretchParent = new Int32Array(1024);
  stretchLoop = new Int32Array(1024);
  /** 1: begins a loop, so it is always charged. */
  stretchIsLoop = new Uint8Array(1024);
  /** The loop that a branch in this stretch goes back to, or -1. */
  stretchBack = new Int32Array(1024);
  stretchCount = 0;

  /** Per loop: the loop around it or -1, its frame, whether anything is called in it, stretches that go back to it. */
  loopParent = new Int32Array(64);
  loopFrame = new Int32Array(64);
  loopCalls = new Uint8Array(64);
  loopBacks = new Int32Array(64);
  /** 1: its branches outwards can be given other labels, and nothing in it but its beginning need be checked. */
  loopWraps = new Uint8Array(64);
  /** The stretch it begins with. */
  loopStretch = new Int32Array(64);
  loopCount = 0;

  /** True where loops are wrapped at all, and where small ones among them may be unrolled. */
  wraps = false;
  unrolls = false;
  usesBulk = false;
  /** Bytes that bulk operations insert at least. */
  inserted = 0;
  /** True where memories or tables are grown. */
  grows = false;

  clear(): void {
    this.eventCount = this.stretchCount = this.loopCount = 0;
    this.inserted = 0;
    this.usesBulk = this.grows = false;
  }

  event(start: number, end: number, kind: number, a: number, b: number, loop: number): void {
    let at = this.eventCount * eventWords;
    if (at === this.events.length) this.events = grown(this.events, new Int32Array(at * 2));
    const { events } = this;
    events[at++] = start;
    events[at++] = end;
    events[at++] = kind;
    events[at++] = a;
    events[at++] = b;
    events[at] = loop;
    this.eventCount++;
  }

  /** A stretch that begins at `at`. The first one of a function has no parent: -1. */
  stretch(at: number, parent: number, loop: number, isLoop: boolean): number {
    const index = this.stretchCount++;
    if (index === this.stretchCost.length) {
      this.stretchCost = grown(this.stretchCost, new Float64Array(index * 2));
      this.stretchParent = grown(this.stretchParent, new Int32Array(index * 2));
      this.stretchLoop = grown(this.stretchLoop, new Int32Array(index * 2));
      this.stretchIsLoop = grown(this.stretchIsLoop, new Uint8Array(index * 2));
      this.stretchBack = grown(this.stretchBack, new Int32Array(index * 2));
    }
    this.stretchCost[index] = isLoop ? loopCost : 0;
    this.stretchParent[index] = parent;
    this.stretchLoop[index] = loop;
    this.stretchIsLoop[index] = isLoop ? 1 : 0;
    this.stretchBack[index] = -1;
    this.event(at, at, chargeEvent, index, 0, loop);
    return index;
  }

  loop(parent: number, frame: number): number {
    const index = this.loopCount++;
    if (index === this.loopParent.length) {
      this.loopParent = grown(this.loopParent, new Int32Array(index * 2));
      this.loopFrame = grown(this.loopFrame, new Int32Array(index * 2));
      this.loopCalls = grown(this.loopCalls, new Uint8Array(index * 2));
      this.loopBacks = grown(this.loopBacks, new Int32Array(index * 2));
      this.loopWraps = grown(this.loopWraps, new Uint8Array(index * 2));
      this.loopStretch = grown(this.loopStretch, new Int32Array(index * 2));
    }
    this.loopParent[index] = parent;
    this.loopFrame[index] = frame;
    this.loopCalls[index] = 0;
    this.loopBacks[index] = 0;
    this.loopWraps[index] = 1;
    if (parent >= 0) this.loopWraps[parent] = 0;
    return index;
  }

  /** A branch in a stretch goes back to the beginning of a loop. */
  back(stretch: number, loop: number): void {
    if (this.stretchBack[stretch] === loop) return;
    this.stretchBack[stretch] = loop;
    this.loopBacks[loop]!++;
  }
}

function grown<T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
