/**
 * The process's end of objects that are in the host: a guest has handles of numbers. What it drops is told with the next
 * thing that it asks, or once it comes to rest, so that no guest makes a message of every handle.
 */
import type { BackendClient } from "../../../backends/backend.ts";
import type { HostObjects } from "../../../capabilities/kit/host-objects.ts";
import type { FrameReader, FrameWriter } from "../frame.ts";
import { type CodecOf, cannotCross, codecsWith } from "../value-codec.ts";
import { type BesideResource, besideTold, resourceIn } from "./beside-functions.ts";

/** An object in the host. */
class ObjectThere {
  readonly number: number;
  readonly #drop: (number: number) => void;

  constructor(number: number, drop: (number: number) => void) {
    this.number = number;
    this.#drop = drop;
  }

  [Symbol.dispose](): void {
    this.#drop(this.number);
  }
}

export class ObjectsThere {
  readonly codecOf: CodecOf;
  readonly #resources: readonly BesideResource[];
  readonly #backend: BackendClient;
  #dropped: number[] = [];
  #asks = 0;

  constructor(resources: readonly BesideResource[], backend: BackendClient) {
    this.#resources = resources;
    this.#backend = backend;
    this.codecOf = codecsWith((handle) => {
      if (!resourceIn(resources, handle)) return cannotCross(handle);
      return {
        write: (out, value) => out.u32((value as ObjectThere).number),
        read: (from) => new ObjectThere(from.u32(), (number) => this.#drop(number)),
      };
    });
  }

  /** Writes what comes before the arguments of an ask, and gives the number of the ask. */
  begin(out: FrameWriter): number {
    const dropped = this.#dropped;
    this.#dropped = [];
    this.#asks = (this.#asks % 0xffff_ffff) + 1;
    out.u32(this.#asks);
    out.u32(dropped.length);
    for (const number of dropped) out.u32(number);
    return this.#asks;
  }

  /** Nobody waits any more for what an ask is answered with. */
  unheard(ask: number): void {
    this.#backend.tell(besideTold.unheard, numbers([ask]));
  }

  /** Functions that are told of the end of a resource of an interface's in one cell, by the names that engines know. */
  ends(group: string, cell: HostObjects): Record<string, (object: ObjectThere) => void> {
    const own = this.#resources.filter((each) => each.group === group);
    const end = (object: ObjectThere) => {
      if (cell.letGo(object)) object[Symbol.dispose]();
    };
    return Object.fromEntries(own.map(({ name }) => [`[resource-drop]${name}`, end]));
  }

  #drop(number: number): void {
    if (this.#dropped.push(number) > 1) return;
    queueMicrotask(() => {
      const dropped = this.#dropped;
      if (dropped.length === 0) return;
      this.#dropped = [];
      this.#backend.tell(besideTold.dropped, numbers(dropped));
    });
  }
}

function numbers(all: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(all).buffer);
}

/** Numbers before the arguments of an ask. Throws `Garbled`. */
export function readBeginning(from: FrameReader): {
  readonly ask: number;
  readonly dropped: readonly number[];
} {
  const ask = from.u32();
  const count = from.u32();
  const dropped: number[] = [];
  for (let i = 0; i < count; i++) dropped.push(from.u32());
  return { ask, dropped };
}
