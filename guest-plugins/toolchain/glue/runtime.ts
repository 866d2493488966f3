/**
 * The AssemblyScript sources that every plugin gets besides its generated bindings. As strings, because asc is
 * handed text and the npm package holds compiled JavaScript only.
 */

import { abortSource } from "./abort.ts";
import { handleTypes } from "./handle-runtime.ts";
import { sentSource } from "./sent-values.ts";

/** `wit-types`: what authors import to spell option, result and tuple. */
export function typesSource(tupleSizes: Iterable<number>): string {
  const sizes = new Set([1, 2, 3, 4, 5, 6, 7, 8, ...tupleSizes]);
  return [publicTypes, handleTypes, ...[...sizes].map(tupleClass)].join("\n");
}

function tupleClass(size: number): string {
  const indexes = Array.from({ length: size }, (_, i) => i);
  const types = indexes.map((i) => `T${i}`).join(", ");
  const fields = indexes.map((i) => `public f${i}: T${i}`).join(", ");
  return `export class Tuple${size}<${types}> { constructor(${fields}) {} }`;
}

const publicTypes = `
/** The payload of a result's case that has none. */
export class Unit {}

@lazy const theUnit = new Unit();
// One for all results that say no more than that it went well: none can be changed, or looks into the case that it is not.
@lazy const wellDone = blank<Result<Unit, Unit>>();

function unitOf<T>(): T {
  if (isReference<T>()) {
    if (idof<T>() == idof<Unit>()) return changetype<T>(theUnit);
  }
  ERROR("a value is required: only a Unit may be left out");
}

/** True for the one runtime that clears what it allocates, the incremental one. */
const CLEARS: bool = ASC_RUNTIME == 2;

/** An object with all fields zero, also where its class could not be constructed without a value for each. */
function blank<C>(): C {
  const size = offsetof<C>();
  const object = __new(size, idof<C>());
  if (!CLEARS) memory.fill(object, 0, size);
  return changetype<C>(object);
}

/** A value or none, where the value is a number, a bool or an enum (else \`T | null\` says it). */
@final export class Option<T> {
  private constructor(private some: bool, private value: T) {}

  static some<T>(value: T): Option<T> { return new Option<T>(true, value); }
  static none<T>(): Option<T> { return blank<Option<T>>(); }

  get isSome(): bool { return this.some; }
  get isNone(): bool { return !this.some; }
  /** The value; traps when there is none. */
  unwrap(): T {
    assert(this.some, "unwrap of none");
    return this.value;
  }
  unwrapOr(fallback: T): T { return this.some ? this.value : fallback; }
}

/** An outcome: succeeded with a T or failed with an E. */
@final export class Result<T, E> {
  private failed: bool;
  private value: T;
  private error: E;
  private constructor(value: T, error: E) { this.failed = false; this.value = value; this.error = error; }

  static ok<T, E>(value: T = unitOf<T>()): Result<T, E> {
    if (isReference<T>()) {
      if (idof<T>() == idof<Unit>()) return changetype<Result<T, E>>(wellDone);
    }
    const result = blank<Result<T, E>>();
    result.value = value;
    return result;
  }
  static err<T, E>(error: E = unitOf<E>()): Result<T, E> {
    const result = blank<Result<T, E>>();
    result.failed = true;
    result.error = error;
    return result;
  }

  get isOk(): bool { return !this.failed; }
  get isErr(): bool { return this.failed; }
  /** The value; traps when it failed. */
  unwrap(): T {
    assert(!this.failed, "unwrap of an error");
    return this.value;
  }
  unwrapOr(fallback: T): T { return this.failed ? fallback : this.value; }
  /** The error; traps when it succeeded. */
  unwrapErr(): E {
    assert(this.failed, "unwrapErr of a success");
    return this.error;
  }
}
`;

export interface RuntimeOptions {
  /** Bytes that the largest result lying in memory needs. */
  readonly resultBytes: number;
  /** Bytes that the largest spilled parameter list of an import needs. */
  readonly parameterBytes: number;
  /** Collect garbage at every allocation by the host, around every import call and after every export. */
  readonly torture: boolean;
  /** The module whose \`__adopt\` makes objects of blocks; without one they are copied. */
  readonly adopter: string | undefined;
}

/** \`wit-glue\`: memory management under the generated glue. */
export function runtimeSource(options: RuntimeOptions): string {
  return `
import { OBJECT_OVERHEAD } from "rt/common";
${options.adopter === undefined ? "" : `import { __adopt } from "${options.adopter}";`}
// Values of ASC_RUNTIME.
const MINIMAL: i32 = 1;
const INCREMENTAL: i32 = 2;

const TORTURE: bool = ${options.torture};

/** Place of results on their way out of an export, or into an import's caller; one call at a time. */
@lazy export const resultArea: usize = memory.data(${Math.max(options.resultBytes, 8)}, 8);
/** Place of an import's parameters that are too many to pass flat. */
@lazy export const parameterArea: usize = memory.data(${Math.max(options.parameterBytes, 8)}, 8);

// Blocks that a lowered value points to. They are no garbage-collected objects, so they neither move nor vanish;
// each is preceded by a link to the one before it.
@lazy let blocks: usize = 0;
const LINK: usize = 16;

export function allocate(size: usize): usize {
  if (!size) return LINK;
  const block = heap.alloc(size + LINK);
  store<usize>(block, blocks);
  blocks = block;
  return block + LINK;
}

export function freeBlocks(): void {
  while (blocks) {
    const block = blocks;
    blocks = load<usize>(block);
    heap.free(block);
  }
}

// A result's strings and arrays are read by the host where they are: rooted until it says that it is done.
@lazy let root: Object | null = null;

export function keep<T>(value: T): void {
  if (isReference<T>()) root = changetype<Object | null>(value);
}

/** The end of a call whose result the host has read, or that leaves nothing to read. */
export function settle(): void {
  root = null;
  freeBlocks();
  collectWhenDue();
}

// The minimal runtime collects only when told, and only when nothing is on the stack, as after a call. It says not
// how much garbage there is, so: when memory has grown, or after some calls.
@lazy let callsSinceCollection: i32 = 0;
@lazy let pagesAtCollection: i32 = 0;

export function collectWhenDue(): void {
  if (ASC_RUNTIME == MINIMAL) {
    if (TORTURE || ++callsSinceCollection >= 64 || memory.size() != pagesAtCollection) {
      callsSinceCollection = 0;
      __collect();
      pagesAtCollection = memory.size();
    }
  } else if (TORTURE && ASC_RUNTIME == INCREMENTAL) {
    __collect();
  }
}

/** Collection where it must be harmless: around import calls, and while the host reads a result. */
export function collectUnderTorture(): void {
  if (TORTURE && ASC_RUNTIME == INCREMENTAL) __collect();
}

// What the host passes in becomes an object where it lies, or is copied out and given back before anything else is
// passed, so that small things need no heap.
const HEADER: usize = OBJECT_OVERHEAD;
const SCRATCH: usize = 1024;
@lazy const scratchArea: usize = memory.data(<i32>SCRATCH, 16);
@lazy let scratchUsed: usize = 0;
@lazy let scratchHeld: i32 = 0;

export function realloc(block: usize, oldSize: usize, alignment: usize, size: usize): usize {
  collectUnderTorture();
  if (!size) return alignment;
  // A host that transcodes shrinks what it asked for: such a block stays as it is.
  if (size <= oldSize) return block;
  let grown: usize;
  if (size <= SCRATCH - scratchUsed) {
    grown = scratchArea + scratchUsed;
    scratchUsed += (size + 15) & ~15;
    ++scratchHeld;
  } else {
    // The larger where the sum is beyond 32 bits: no block is that large.
    grown = heap.alloc(max(size, HEADER + size)) + HEADER;
  }
  if (oldSize) {
    memory.copy(grown, block, oldSize);
    giveBack(block);
  }
  return grown;
}

function isOnHeap(block: usize): bool {
  return block - scratchArea >= SCRATCH;
}

/** The end of a block that realloc gave to the host. */
function giveBack(block: usize): void {
  if (isOnHeap(block)) heap.free(block - HEADER);
  else if (!--scratchHeld) scratchUsed = 0;
}

export function takeBlock(block: usize, size: usize): void {
  if (size) giveBack(block);
}

/** An object without references of what the host put into a block: on the heap it is that block. */
function takeObject(from: usize, size: usize, id: u32): usize {
${options.adopter === undefined ? "" : "  if (isOnHeap(from)) return __adopt(from - HEADER, size, id);"}
  const object = __new(size, id);
  memory.copy(object, from, size);
  giveBack(from);
  return object;
}

export function takeString(from: usize, units: i32): string {
  if (!units) return "";
  return changetype<string>(takeObject(from, <usize>units << 1, idof<string>()));
}

export function takeNumbers<A extends ArrayBufferView>(from: usize, length: i32): A {
  if (!length) return instantiate<A>(0);
  const size = <usize>length << alignof<valueof<A>>();
  const buffer = changetype<ArrayBuffer>(takeObject(from, size, idof<ArrayBuffer>()));
  const start = changetype<usize>(buffer);
  const numbers = changetype<A>(__new(offsetof<A>(), idof<A>()));
  store<usize>(changetype<usize>(numbers), start, offsetof<A>("buffer"));
  __link(changetype<usize>(numbers), start, false);
  store<usize>(changetype<usize>(numbers), start, offsetof<A>("dataStart"));
  store<i32>(changetype<usize>(numbers), <i32>size, offsetof<A>("byteLength"));
  return numbers;
}
${sentSource}${abortSource}`;
}
