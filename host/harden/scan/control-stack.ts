import { clauseCost, maxForTargets, targetsPerUnit, throwOnCost } from "../../fuel-prices.ts";
import type { ByteReader } from "../../wasm/byte-reader.ts";
import { malformed, unsupported } from "../../wasm/module-failures.ts";
import type { Feature } from "../hardened-module.ts";
import { checkLimit, type HardenLimits } from "../module-limits.ts";
import type { ModuleSpaces } from "./module-spaces.ts";
import { readValueType } from "./module-types.ts";
import {
  exitEvent,
  exitIfEvent,
  labelEvent,
  loopEndEvent,
  loopEvent,
  type Scan,
  unwrapEvent,
  wrapEvent,
} from "./scan.ts";

// Kinds of frames.
const isFunction = 0;
const isBlock = 1;
const isLoop = 2;
const isIf = 3;
const isElse = 4;
const isTry = 5;
const isCatch = 6;
const isCatchAll = 7;

/** Wrapping loops makes for more places where values are merged: not in functions that have so many already. */
const maxMergesWrapped = 200_000;
/** Unrolled ones have up to four times as many. */
const maxMergesUnrolled = 50_000;

/**
 * The blocks around the instruction being read, and where control may go from it. Opening, closing and branching read
 * what belongs to the instruction, note stretches and exits in the scan, and give the new height of the operand stack.
 */
export class ControlStack {
  deepestNesting = 0;
  maxBranchTargets = 0;
  maxMerges = 0;
  totalMerges = 0;
  /** The innermost frame; 0 is the function itself. */
  depth = 0;
  readonly #kind: Uint8Array;
  /** The stretch being read in the frame, and the one its first instruction belonged to. */
  readonly stretch: Int32Array;
  readonly #entry: Int32Array;
  /** The outermost frame that anything inside branches to. */
  readonly #reach: Int32Array;
  readonly loop: Int32Array;
  readonly height: Int32Array;
  readonly #parameters: Int32Array;
  readonly #results: Int32Array;
  #merges = 0;

  readonly #reader: ByteReader;
  readonly #spaces: ModuleSpaces;
  readonly #limits: HardenLimits;
  readonly #scan: Scan;
  readonly #features: Set<Feature>;
  #locals = 0;

  constructor(
    reader: ByteReader,
    spaces: ModuleSpaces,
    limits: HardenLimits,
    scan: Scan,
    features: Set<Feature>,
  ) {
    this.#reader = reader;
    this.#spaces = spaces;
    this.#limits = limits;
    this.#scan = scan;
    this.#features = features;
    const frames = limits.nesting + 2;
    this.#kind = new Uint8Array(frames);
    this.stretch = new Int32Array(frames);
    this.#entry = new Int32Array(frames);
    this.#reach = new Int32Array(frames);
    this.loop = new Int32Array(frames);
    this.height = new Int32Array(frames);
    this.#parameters = new Int32Array(frames);
    this.#results = new Int32Array(frames);
  }

  /** Begins a function, before its first instruction. */
  begin(locals: number, results: number): void {
    this.#locals = locals;
    this.#merges = 0;
    this.depth = 0;
    this.#kind[0] = isFunction;
    this.#reach[0] = 0;
    this.loop[0] = -1;
    this.height[0] = 0;
    this.#parameters[0] = 0;
    this.#results[0] = results;
    this.stretch[0] = this.#entry[0] = this.#scan.stretch(this.#reader.at, -1, -1, false);
  }

  /** Ends it, after its last one. */
  finish(offset: number): void {
    checkLimit(this.#limits, "functionMerges", this.#merges, offset);
    this.#scan.wraps = this.#merges <= maxMergesWrapped;
    this.#scan.unrolls = this.#merges <= maxMergesUnrolled;
    this.maxMerges = Math.max(this.maxMerges, this.#merges);
    this.totalMerges += this.#merges;
    checkLimit(this.#limits, "totalMerges", this.totalMerges, offset);
  }

  tag(): number {
    const index = this.#reader.u32();
    const type = this.#spaces.tags[index];
    if (type === undefined) throw malformed(`there is no tag ${index}`, this.#reader.at);
    return type;
  }

  /** The frame that a label stands for. */
  label(): number {
    const label = this.#reader.u32();
    if (label > this.depth) throw malformed(`there is no label ${label}`, this.#reader.at);
    return this.depth - label;
  }

  merge(times: number, height: number): void {
    this.#merges += times * (this.#locals + height + 1);
  }

  spend(units: number): void {
    this.#scan.stretchCost[this.stretch[this.depth]!]! += units;
  }

  reaches(frame: number): void {
    if (frame < this.#reach[this.depth]!) this.#reach[this.depth] = frame;
  }

  /** Makes what follows a stretch of its own, because not all who got here may run it. */
  arm(parent: number): void {
    const depth = this.depth;
    this.stretch[depth] = this.#scan.stretch(this.#reader.at, parent, this.loop[depth]!, false);
  }

  /** Lets what follows be paid for apart where so much has come together already. */
  split(max: number): void {
    const stretch = this.stretch[this.depth]!;
    if (this.#scan.stretchCost[stretch]! > max) this.arm(stretch);
  }

  /** Notes a branch: `offset` is where its instruction begins. Movable: its label can be changed, or it has none. */
  branch(offset: number, target: number, movable = false): void {
    this.reaches(target);
    const loop = this.loop[this.depth]!;
    if (loop < 0) return;
    if (this.#kind[target] === isLoop) this.#scan.back(this.stretch[this.depth]!, this.loop[target]!);
    if (target >= this.#scan.loopFrame[loop]!) return;
    if (!movable) this.#scan.loopWraps[loop] = 0;
    this.#scan.event(offset, offset, exitEvent, target, 0, loop);
  }

  /** Notes a `br`. */
  jump(offset: number): void {
    const at = this.#reader.at;
    const target = this.label();
    this.branch(offset, target, true);
    const loop = this.loop[this.depth]!;
    if (loop >= 0 && target < this.#scan.loopFrame[loop]!)
      this.#scan.event(at, this.#reader.at, labelEvent, target, this.depth - target, loop);
  }

  /** The innermost loop has labels that can't be changed. */
  keepLabels(): void {
    const loop = this.loop[this.depth]!;
    if (loop >= 0) this.#scan.loopWraps[loop] = 0;
  }

  branchIf(offset: number): void {
    const target = this.label();
    const loop = this.loop[this.depth]!;
    const kind = this.#kind[target]!;
    const arity = kind === isLoop ? this.#parameters[target]! : this.#results[target]!;
    if (loop >= 0 && target < this.#scan.loopFrame[loop]! && arity === 0) {
      this.reaches(target);
      if (kind === isLoop) this.#scan.back(this.stretch[this.depth]!, this.loop[target]!);
      const label = this.depth - target;
      this.#scan.event(offset, this.#reader.at, exitIfEvent, target, label, loop);
    } else this.branch(offset, target);
    this.arm(this.stretch[this.depth]!);
  }

  branchTable(offset: number, height: number): void {
    const reader = this.#reader;
    const count = reader.count();
    checkLimit(this.#limits, "branchTargets", count, offset);
    this.maxBranchTargets = Math.max(this.maxBranchTargets, count);
    this.merge(count + 1, height);
    this.spend(Math.min(Math.floor(count / targetsPerUnit), maxForTargets));
    let outermost = this.depth;
    for (let left = count; left >= 0; left--) {
      const target = this.label();
      if (target < outermost) outermost = target;
      const loop = this.loop[this.depth]!;
      if (loop >= 0 && this.#kind[target] === isLoop)
        this.#scan.back(this.stretch[this.depth]!, this.loop[target]!);
    }
    this.branch(offset, outermost);
  }

  block(height: number, base: number): number {
    return this.#open(isBlock, height, base);
  }

  try(height: number, base: number): number {
    return this.#open(isTry, height, base);
  }

  if(height: number, base: number): number {
    const inside = this.#open(isIf, height, base);
    this.arm(this.stretch[this.depth]!);
    return inside;
  }

  else(offset: number): number {
    const { depth } = this;
    if (this.#kind[depth] !== isIf) throw malformed("else outside of an if", offset);
    this.#kind[depth] = isElse;
    const height = this.height[depth]! + this.#parameters[depth]!;
    this.merge(1, height);
    // An arm is not led to by the one before it.
    this.arm(this.#entry[depth]!);
    return height;
  }

  delegate(offset: number): number {
    if (this.#kind[this.depth] !== isTry) throw malformed("delegate outside of a try", offset);
    this.#reader.u32();
    this.keepLabels();
    return this.close();
  }

  /** Reads a block type. Gives the new height. */
  #open(kind: number, height: number, base: number): number {
    const reader = this.#reader;
    const { types } = this.#spaces;
    let parameters = 0;
    let results = 0;
    const first = reader.peek();
    if (first === 0x40) reader.byte();
    else if ((first & 0xc0) === 0x40) {
      readValueType(reader, types);
      results = 1;
    } else {
      const offset = reader.at;
      const index = reader.index33();
      if (index >= types.known) throw malformed(`there is no type ${index}`, offset);
      parameters = types.parameters[index]!;
      results = types.results[index]!;
    }
    const parent = this.depth;
    const depth = ++this.depth;
    checkLimit(this.#limits, "nesting", depth, reader.at);
    if (depth > this.deepestNesting) this.deepestNesting = depth;
    this.merge(1, height);
    this.#kind[depth] = kind;
    this.stretch[depth] = this.#entry[depth] = this.stretch[parent]!;
    this.#reach[depth] = depth;
    this.loop[depth] = this.loop[parent]!;
    this.height[depth] = Math.max(base, height - parameters);
    this.#parameters[depth] = parameters;
    this.#results[depth] = results;
    return this.height[depth]! + parameters;
  }

  openLoop(offset: number, height: number, base: number): number {
    const scan = this.#scan;
    const outer = this.loop[this.depth]!;
    const loop = scan.loop(outer, this.depth + 1);
    checkLimit(this.#limits, "loops", scan.loopCount, offset);
    scan.event(offset, offset, loopEvent, loop, 0, loop);
    const inside = this.#open(isLoop, height, base);
    const depth = this.depth;
    this.loop[depth] = loop;
    scan.event(offset, offset, wrapEvent, loop, this.#reader.at, loop);
    if (this.#parameters[depth]! > 0) scan.loopWraps[loop] = 0;
    const stretch = scan.stretch(this.#reader.at, this.stretch[depth]!, loop, true);
    scan.loopStretch[loop] = stretch;
    this.stretch[depth] = this.#entry[depth] = stretch;
    return inside;
  }

  openTryTable(height: number, base: number): number {
    this.#features.add("exceptions");
    const inside = this.#open(isBlock, height, base);
    const reader = this.#reader;
    const clauses = reader.count();
    let throwsOn = throwOnCost;
    for (let left = clauses; left > 0; left--) {
      const offset = reader.at;
      const kind = reader.byte();
      if (kind >= 2) throwsOn = 0;
      if (kind > 3) throw unsupported(`the catch clause 0x${kind.toString(16)}`, offset);
      if (kind < 2) this.tag();
      // Labels of clauses count from outside of the try_table.
      const label = reader.u32();
      if (label >= this.depth) throw malformed(`there is no label ${label}`, offset);
      const target = this.depth - 1 - label;
      this.reaches(target);
      this.merge(1, inside);
      // An exception goes to the clause without any instruction of ours in between.
      const loop = this.loop[this.depth]!;
      if (loop >= 0 && this.#kind[target] === isLoop) this.#scan.loopBacks[this.loop[target]!]!++;
      if (loop >= 0 && target < this.#scan.loopFrame[loop]!) this.#scan.loopWraps[loop] = 0;
    }
    this.spend(clauses * clauseCost + throwsOn);
    return inside;
  }

  /** Who enters the block being read pays for it. */
  #spendAtEntry(units: number): void {
    this.#scan.stretchCost[this.#entry[this.depth]!]! += units;
  }

  catch(all: boolean, offset: number, base: number): number {
    const depth = this.depth;
    const kind = this.#kind[depth];
    if (kind !== isTry && kind !== isCatch) throw malformed("catch outside of a try", offset);
    const type = all ? -1 : this.tag();
    this.#kind[depth] = all ? isCatchAll : isCatch;
    const height = base + (all ? 0 : this.#spaces.types.parameters[type]!);
    this.merge(1, height);
    this.#spendAtEntry(clauseCost);
    this.arm(this.#entry[depth]!);
    return height;
  }

  /** The end of a block that is not the function's. */
  close(): number {
    const scan = this.#scan;
    const depth = this.depth;
    const outer = depth - 1;
    const reach = this.#reach[depth]!;
    if (this.#kind[depth] === isTry || this.#kind[depth] === isCatch) this.#spendAtEntry(throwOnCost);
    this.depth = outer;
    if (this.#kind[depth] === isLoop) {
      const loop = this.loop[depth]!;
      const parent = scan.loopParent[loop]!;
      if (parent >= 0 && scan.loopCalls[loop]) scan.loopCalls[parent] = 1;
      scan.event(this.#reader.at, this.#reader.at, unwrapEvent, loop, 0, loop);
      scan.event(this.#reader.at, this.#reader.at, loopEndEvent, loop, 0, loop);
    }
    if (reach < this.#reach[outer]!) this.#reach[outer] = reach;
    // Some may have left for further out: not everyone gets to what follows.
    if (reach < depth)
      this.stretch[outer] = scan.stretch(this.#reader.at, this.stretch[outer]!, this.loop[outer]!, false);
    return this.height[depth]! + this.#results[depth]!;
  }
}
