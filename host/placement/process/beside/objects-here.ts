/**
 * The host's end of objects that one process has by number: an embedder's resources. The process is not believed: a number
 * that it was not given, of another resource, that it gave back or that a call under way is about ends it.
 */
import { UnexpectedData } from "../../../backends/backend.ts";
import { cellBounds } from "../../../bounds/cell-bounds.ts";
import { HostClasses } from "../../../engine/abi/host-classes.ts";
import type { HostImports } from "../../../engine/engine.ts";
import { type CodecOf, cannotCross, codecsWith } from "../value-codec.ts";
import { type BesideResource, resourceIn } from "./beside-functions.ts";

interface KeptObject {
  readonly number: number;
  readonly object: unknown;
  readonly resource: BesideResource;
  /** Numbers that came of the same ask, and are there still. */
  readonly siblings: Set<number>;
  readonly ask: number;
  /** Calls under way that it is lent to. */
  lent: number;
}

/** Objects that one call is about. */
interface Passed {
  readonly lent: KeptObject[];
  readonly given: KeptObject[];
}

/** A process may have a cell that begins while another is about to end. */
const maxObjects = 2 * cellBounds.objects.value;

export class ObjectsHere {
  readonly codecOf: CodecOf;
  readonly hostClasses: HostClasses;
  readonly #kept = new Map<number, KeptObject>();
  /** Numbers that each ask was answered with, as long as any of them is there. */
  readonly #answers = new Map<number, Set<number>>();
  #last = 0;
  /** Objects of the call whose arguments are being read. */
  #passed: Passed = { lent: [], given: [] };
  /** Ask whose answer is being written. */
  #answering: { readonly ask: number; readonly siblings: Set<number> } | undefined;

  constructor(resources: readonly BesideResource[], imports: HostImports) {
    this.hostClasses = new HostClasses(imports);
    this.codecOf = codecsWith((handle) => {
      const resource = resourceIn(resources, handle);
      if (!resource) return cannotCross(handle);
      const owned = handle.kind === "own";
      return {
        write: (out, value) => out.u32(this.#keep(value, resource)),
        read: (from) => this.#take(from.u32(), resource, owned),
      };
    });
  }

  /** Reads arguments: what is lent is to be given back after the call. What is given away is closed where that throws. */
  passed<T>(read: () => T): { readonly args: T; readonly end: () => void } {
    const passed: Passed = { lent: [], given: [] };
    this.#passed = passed;
    const end = () => {
      for (const each of passed.lent) each.lent--;
    };
    try {
      return { args: read(), end };
    } catch (thrown) {
      end();
      for (const { resource, object } of passed.given) this.#end(resource, object);
      throw thrown;
    }
  }

  /** Writes an answer; what it has of objects is closed where that throws, or nobody wants it. */
  answered<T>(ask: number, write: () => T, unwanted: () => boolean): T {
    const siblings = new Set<number>();
    this.#answering = { ask, siblings };
    let written = false;
    try {
      const bytes = write();
      written = !unwanted();
      return bytes;
    } finally {
      this.#answering = undefined;
      if (!written) for (const number of siblings) this.drop(number);
      else if (siblings.size > 0) this.#answers.set(ask, siblings);
    }
  }

  /** The guest has dropped it. Throws `UnexpectedData`. */
  drop(number: number): void {
    const { resource, object } = this.#remove(number);
    this.#end(resource, object);
  }

  /** The cell that asked has ended before it heard the answer. */
  unheard(ask: number): void {
    for (const number of this.#answers.get(ask) ?? []) this.drop(number);
  }

  /** With the process. */
  release(): void {
    for (const { resource, object } of this.#kept.values()) this.#end(resource, object);
    this.#kept.clear();
    this.#answers.clear();
  }

  #keep(object: unknown, resource: BesideResource): number {
    if (this.#kept.size >= maxObjects)
      throw new UnexpectedData("it has more objects of the host's than its cells may have");
    const { ask, siblings } = this.#answering!;
    do this.#last = (this.#last % 0xffff_ffff) + 1;
    while (this.#kept.has(this.#last));
    const number = this.#last;
    siblings.add(number);
    this.#kept.set(number, { number, object, resource, siblings, ask, lent: 0 });
    return number;
  }

  #take(number: number, resource: BesideResource, owned: boolean): unknown {
    const kept = this.#kept.get(number);
    if (kept?.resource !== resource) throw new UnexpectedData("it passed an object that it does not have");
    if (owned) this.#passed.given.push(this.#remove(number));
    else {
      kept.lent++;
      this.#passed.lent.push(kept);
    }
    return kept.object;
  }

  #remove(number: number): KeptObject {
    const kept = this.#kept.get(number);
    if (!kept) throw new UnexpectedData("it gave up an object that it does not have");
    if (kept.lent > 0) throw new UnexpectedData("it gave up an object that a call under way is about");
    this.#kept.delete(number);
    kept.siblings.delete(number);
    if (kept.siblings.size === 0 && this.#answers.get(kept.ask) === kept.siblings)
      this.#answers.delete(kept.ask);
    return kept;
  }

  #end(resource: BesideResource, object: unknown): void {
    try {
      this.hostClasses.endOf(resource)?.(object);
    } catch {
      // The guest does not wait for it: whoever gave the function tells of its failures.
    }
  }
}
