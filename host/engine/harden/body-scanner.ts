import type { ByteReader } from "./byte-reader.ts";
import {
  type BulkCost,
  bulkCosts,
  callCost,
  indirectCallCost,
  referenceCost,
  tableSetCost,
  throwCost,
  unwindCost,
} from "./costs.ts";
import { malformed, unknownOpcode, unsupported } from "./failures.ts";
import type { Feature } from "./hardened-module.ts";
import { checkLimit, type HardenLimits } from "./limits.ts";
import {
  core,
  lane,
  memoryArgument,
  memoryArgumentAndLane,
  plain,
  saturating,
  simd,
  sixteenBytes,
  unknown,
} from "./opcodes.ts";
import {
  bulkEvent,
  dirtyEvent,
  exitEvent,
  exitIfEvent,
  globalEvent,
  loopEndEvent,
  loopEvent,
  Scan,
} from "./scan.ts";
import { type FunctionTypes, readHeapType, readValueType } from "./types.ts";

/** What instructions refer to. Indices are checked here where hardening adds to an index space. */
export interface ModuleSpaces {
  readonly types: FunctionTypes;
  /** Type indices of all functions, imported ones first. */
  readonly functions: readonly number[];
  /** Type indices of all tags. */
  readonly tags: readonly number[];
  readonly globals: number;
  /** Where the fuel is put among the globals: those from here on move up by one. */
  readonly fuel: number;
}

export const bulkKinds: readonly BulkCost[] = Object.values(bulkCosts);
const bulkIndex = Object.fromEntries(Object.keys(bulkCosts).map((name, i) => [name, i])) as Record<
  keyof typeof bulkCosts,
  number
>;

// Kinds of frames.
const isFunction = 0;
const isBlock = 1;
const isLoop = 2;
const isIf = 3;
const isElse = 4;
const isTry = 5;
const isCatch = 6;
const isCatchAll = 7;

/** Reads function bodies, one after the other, and notes what hardening has to insert (`scan`). */
export class BodyScanner {
  readonly scan = new Scan();
  readonly features = new Set<Feature>();
  readonly irreversible = new Set<string>();
  largestBody = 0;
  mostLocals = 0;
  deepestNesting = 0;
  mostBranchTargets = 0;
  mostMerges = 0;
  totalMerges = 0;
  /** Of the body scanned last. */
  locals = 0;
  groupsStart = 0;
  groups = 0;
  codeStart = 0;

  readonly #reader: ByteReader;
  readonly #spaces: ModuleSpaces;
  readonly #limits: HardenLimits;

  readonly #kind: Uint8Array;
  /** The stretch being read in the frame, and the one its first instruction belonged to. */
  readonly #stretch: Int32Array;
  readonly #entry: Int32Array;
  /** The outermost frame that anything inside branches to. */
  readonly #reach: Int32Array;
  readonly #loop: Int32Array;
  readonly #height: Int32Array;
  readonly #parameters: Int32Array;
  readonly #results: Int32Array;
  #depth = 0;
  #merges = 0;

  constructor(reader: ByteReader, spaces: ModuleSpaces, limits: HardenLimits) {
    this.#reader = reader;
    this.#spaces = spaces;
    this.#limits = limits;
    const frames = limits.nesting + 2;
    this.#kind = new Uint8Array(frames);
    this.#stretch = new Int32Array(frames);
    this.#entry = new Int32Array(frames);
    this.#reach = new Int32Array(frames);
    this.#loop = new Int32Array(frames);
    this.#height = new Int32Array(frames);
    this.#parameters = new Int32Array(frames);
    this.#results = new Int32Array(frames);
  }

  /** Reads the body between the reader's place and its end. */
  read(type: number): void {
    const { scan } = this;
    const reader = this.#reader;
    const start = reader.at;
    checkLimit(this.#limits, "bodyBytes", reader.end - start, start);
    this.largestBody = Math.max(this.largestBody, reader.end - start);
    scan.clear();
    this.#merges = 0;
    this.#readLocals(type);
    this.#depth = 0;
    this.#kind[0] = isFunction;
    this.#reach[0] = 0;
    this.#loop[0] = -1;
    this.#height[0] = 0;
    this.#parameters[0] = 0;
    this.#results[0] = this.#spaces.types.results[type]!;
    this.#stretch[0] = this.#entry[0] = scan.stretch(reader.at, -1, -1, false);
    this.#readCode();
    reader.finish("a function's last end");
    checkLimit(this.#limits, "functionMerges", this.#merges, start);
    this.mostMerges = Math.max(this.mostMerges, this.#merges);
    this.totalMerges += this.#merges;
    checkLimit(this.#limits, "totalMerges", this.totalMerges, start);
  }

  #readLocals(type: number): void {
    const reader = this.#reader;
    const offset = reader.at;
    this.groups = reader.count();
    this.groupsStart = reader.at;
    let locals = this.#spaces.types.parameters[type]!;
    for (let left = this.groups; left > 0; left--) {
      locals += reader.u32();
      readValueType(reader, this.#spaces.types);
    }
    checkLimit(this.#limits, "locals", locals, offset);
    this.locals = locals;
    this.mostLocals = Math.max(this.mostLocals, locals);
    this.codeStart = reader.at;
  }

  #readCode(): void {
    const { scan } = this;
    const reader = this.#reader;
    const { bytes } = reader;
    const { form, delta, cost } = core;
    const { types, functions, globals, fuel } = this.#spaces;
    const stretches = this.#stretch;
    const { locals } = this;
    let height = 0;
    let depth = 0;
    let base = 0;
    /** Units not yet added to the present stretch. */
    let units = 0;
    for (;;) {
      const offset = reader.at;
      if (offset >= reader.end) throw malformed("unexpected end of a function", offset);
      const code = bytes[offset]!;
      reader.at = offset + 1;
      const kind = form[code]!;
      if (kind === plain || kind === memoryArgument) {
        if (kind === memoryArgument) this.#memoryArgument();
        height += delta[code]!;
        if (height < base) height = base;
        units += cost[code]!;
        continue;
      }
      units++;
      if (code >= 0x20 && code <= 0x22) {
        // local.get, local.set, local.tee
        const index = reader.u32();
        if (index >= locals) throw malformed(`there is no local ${index}`, offset);
        if (code === 0x20) height++;
        else if (code === 0x21 && height > base) height--;
        continue;
      }
      if (code === 0x41) {
        // i32.const
        reader.skipInteger(5);
        height++;
        continue;
      }
      scan.stretchCost[stretches[depth]!]! += units;
      units = 0;
      switch (code) {
        case 0x42: // i64.const
          reader.skipInteger(10);
          height++;
          break;
        case 0x43: // f32.const
          reader.skip(4);
          height++;
          break;
        case 0x44: // f64.const
          reader.skip(8);
          height++;
          break;
        case 0x23: // global.get
        case 0x24: {
          // global.set
          const at = reader.at;
          const index = reader.u32();
          if (index >= globals) throw malformed(`there is no global ${index}`, offset);
          if (index >= fuel) scan.event(at, reader.at, globalEvent, index + 1, 0, -1);
          height += code === 0x23 ? 1 : -1;
          break;
        }
        case 0x10: // call
        case 0x12: {
          // return_call
          const index = reader.u32();
          const type = functions[index];
          if (type === undefined) throw malformed(`there is no function ${index}`, offset);
          height = this.#call(type, height, base, callCost);
          if (code === 0x12) height = this.#tailCall(base);
          break;
        }
        case 0x11: // call_indirect
        case 0x13: // return_call_indirect
        case 0x14: // call_ref
        case 0x15: {
          // return_call_ref
          const type = this.#type();
          if (code < 0x14) reader.u32();
          else this.features.add("function-references");
          height = this.#call(type, Math.max(base, height - 1), base, indirectCallCost);
          if (code === 0x13 || code === 0x15) height = this.#tailCall(base);
          break;
        }
        case 0x02: // block
          height = this.#open(isBlock, height, base);
          break;
        case 0x03: // loop
          height = this.#openLoop(offset, height, base);
          break;
        case 0x04: // if
          height = this.#open(isIf, Math.max(base, height - 1), base);
          this.#arm(stretches[this.#depth]!);
          break;
        case 0x05: // else
          if (this.#kind[depth] !== isIf) throw malformed("else outside of an if", offset);
          this.#kind[depth] = isElse;
          height = base + this.#parameters[depth]!;
          this.#merge(1, height);
          // An arm is not led to by the one before it.
          this.#arm(this.#entry[depth]!);
          break;
        case 0x06: // try
          this.features.add("legacy-exceptions");
          height = this.#open(isTry, height, base);
          break;
        case 0x07: // catch
        case 0x19: // catch_all
          height = this.#catch(code === 0x19, offset, base);
          break;
        case 0x18: // delegate
          if (this.#kind[depth] !== isTry) throw malformed("delegate outside of a try", offset);
          reader.u32();
          height = this.#close();
          break;
        case 0x1f: // try_table
          height = this.#openTryTable(height, base);
          break;
        case 0x08: // throw
          this.features.add("exceptions");
          this.#tag();
          height = this.#throw(offset, base);
          break;
        case 0x09: // rethrow
          reader.u32();
          height = this.#throw(offset, base);
          break;
        case 0x0a: // throw_ref
          this.features.add("exceptions");
          height = this.#throw(offset, base);
          break;
        case 0x0b: // end
          if (depth === 0) return;
          height = this.#close();
          break;
        case 0x0c: // br
          this.#branch(offset, this.#label());
          this.#merge(1, height);
          height = base;
          break;
        case 0x0d: // br_if
          height = Math.max(base, height - 1);
          this.#merge(1, height);
          this.#branchIf(offset);
          break;
        case 0x0e: // br_table
          this.#branchTable(offset, height);
          height = base;
          break;
        case 0x0f: // return
          this.#branch(offset, 0);
          height = base;
          break;
        case 0xd5: // br_on_null
        case 0xd6: {
          // br_on_non_null
          this.features.add("function-references");
          if (code === 0xd6) height = Math.max(base, height - 1);
          this.#merge(1, height);
          this.#branch(offset, this.#label());
          this.#arm(stretches[depth]!);
          break;
        }
        case 0x00: // unreachable
          height = base;
          break;
        case 0x1c: {
          // select with types
          const count = reader.count();
          for (let left = count; left > 0; left--) readValueType(reader, types);
          height -= 2;
          break;
        }
        case 0x25: // table.get
          this.features.add("reference-types");
          this.#spend(referenceCost);
          reader.u32();
          break;
        case 0x26: // table.set
          this.features.add("reference-types");
          this.#irreversible("table.set", offset);
          this.#spend(tableSetCost);
          reader.u32();
          height -= 2;
          break;
        case 0x3f: // memory.size
          reader.u32();
          height++;
          break;
        case 0x40: // memory.grow
          this.#irreversible("memory.grow", offset);
          this.#bulk("memoryGrow", offset);
          reader.u32();
          break;
        case 0xd0: // ref.null
          readHeapType(reader, types);
          height++;
          break;
        case 0xd2: {
          // ref.func
          const index = reader.u32();
          if (functions[index] === undefined) throw malformed(`there is no function ${index}`, offset);
          this.#spend(referenceCost);
          height++;
          break;
        }
        case 0xfc:
          height += this.#readPrefixed(offset);
          break;
        case 0xfd:
          height += this.#readVector(offset);
          break;
        case 0xfb:
        case 0xfe:
          throw unknownOpcode(code, reader.u32(), offset);
        default:
          throw unknownOpcode(undefined, code, offset);
      }
      depth = this.#depth;
      base = this.#height[depth]!;
      if (height < base) height = base;
    }
  }

  #type(): number {
    const index = this.#reader.u32();
    if (index >= this.#spaces.types.known) throw malformed(`there is no type ${index}`, this.#reader.at);
    return index;
  }

  #tag(): number {
    const index = this.#reader.u32();
    const type = this.#spaces.tags[index];
    if (type === undefined) throw malformed(`there is no tag ${index}`, this.#reader.at);
    return type;
  }

  /** The frame that a label stands for. */
  #label(): number {
    const label = this.#reader.u32();
    if (label > this.#depth) throw malformed(`there is no label ${label}`, this.#reader.at);
    return this.#depth - label;
  }

  #memoryArgument(): void {
    const reader = this.#reader;
    const offset = reader.at;
    const align = reader.u32();
    if ((align & ~0x40) > 4) throw malformed("impossible alignment", offset);
    if (align & 0x40) {
      this.features.add("multi-memory");
      reader.u32();
    }
    reader.skipInteger(5);
  }

  #merge(times: number, height: number): void {
    this.#merges += times * (this.locals + height + 1);
  }

  #spend(units: number): void {
    this.scan.stretchCost[this.#stretch[this.#depth]!]! += units;
  }

  #call(type: number, height: number, base: number, cost: number): number {
    const { parameters, results } = this.#spaces.types;
    const { scan } = this;
    const unwind = this.#spaces.tags.length > 0 ? unwindCost : 0;
    this.#spend(cost + unwind + parameters[type]! + results[type]!);
    const loop = this.#loop[this.#depth]!;
    if (loop >= 0) scan.loopCalls[loop] = 1;
    return Math.max(base, height - parameters[type]!) + results[type]!;
  }

  #tailCall(base: number): number {
    this.features.add("tail-calls");
    this.#reaches(0);
    return base;
  }

  #throw(offset: number, base: number): number {
    this.#spend(throwCost);
    const loop = this.#loop[this.#depth]!;
    if (loop >= 0) this.scan.event(offset, offset, exitEvent, -1, 0, loop);
    return base;
  }

  #bulk(name: keyof typeof bulkCosts, offset: number): void {
    this.scan.usesBulk = true;
    this.#spend(bulkCosts[name].fixed);
    this.scan.event(offset, offset, bulkEvent, bulkIndex[name], 0, this.#loop[this.#depth]!);
  }

  #irreversible(name: string, offset: number): void {
    this.irreversible.add(name);
    this.scan.event(offset, offset, dirtyEvent, 0, 0, -1);
  }

  #reaches(frame: number): void {
    if (frame < this.#reach[this.#depth]!) this.#reach[this.#depth] = frame;
  }

  /** What follows may not be run by all who got here: it becomes a stretch of its own. */
  #arm(parent: number): void {
    const depth = this.#depth;
    this.#stretch[depth] = this.scan.stretch(this.#reader.at, parent, this.#loop[depth]!, false);
  }

  /** Notes a branch: `offset` is where its instruction begins. */
  #branch(offset: number, target: number): void {
    this.#reaches(target);
    const loop = this.#loop[this.#depth]!;
    if (loop < 0) return;
    if (this.#kind[target] === isLoop) this.scan.back(this.#stretch[this.#depth]!, this.#loop[target]!);
    if (target < this.scan.loopFrame[loop]!) this.scan.event(offset, offset, exitEvent, target, 0, loop);
  }

  #branchIf(offset: number): void {
    const target = this.#label();
    const loop = this.#loop[this.#depth]!;
    const kind = this.#kind[target]!;
    const arity = kind === isLoop ? this.#parameters[target]! : this.#results[target]!;
    if (loop >= 0 && target < this.scan.loopFrame[loop]! && arity === 0) {
      this.#reaches(target);
      if (kind === isLoop) this.scan.back(this.#stretch[this.#depth]!, this.#loop[target]!);
      const label = this.#depth - target;
      this.scan.event(offset, this.#reader.at, exitIfEvent, target, label, loop);
    } else this.#branch(offset, target);
    this.#arm(this.#stretch[this.#depth]!);
  }

  #branchTable(offset: number, height: number): void {
    const reader = this.#reader;
    const count = reader.count();
    checkLimit(this.#limits, "branchTargets", count, offset);
    this.mostBranchTargets = Math.max(this.mostBranchTargets, count);
    this.#merge(count + 1, height);
    let outermost = this.#depth;
    for (let left = count; left >= 0; left--) {
      const target = this.#label();
      if (target < outermost) outermost = target;
      const loop = this.#loop[this.#depth]!;
      if (loop >= 0 && this.#kind[target] === isLoop)
        this.scan.back(this.#stretch[this.#depth]!, this.#loop[target]!);
    }
    this.#branch(offset, outermost);
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
    const parent = this.#depth;
    const depth = ++this.#depth;
    checkLimit(this.#limits, "nesting", depth, reader.at);
    if (depth > this.deepestNesting) this.deepestNesting = depth;
    this.#merge(1, height);
    this.#kind[depth] = kind;
    this.#stretch[depth] = this.#entry[depth] = this.#stretch[parent]!;
    this.#reach[depth] = depth;
    this.#loop[depth] = this.#loop[parent]!;
    this.#height[depth] = Math.max(base, height - parameters);
    this.#parameters[depth] = parameters;
    this.#results[depth] = results;
    return this.#height[depth]! + parameters;
  }

  #openLoop(offset: number, height: number, base: number): number {
    const { scan } = this;
    const outer = this.#loop[this.#depth]!;
    const loop = scan.loop(outer, this.#depth + 1);
    checkLimit(this.#limits, "loops", scan.loopCount, offset);
    scan.event(offset, offset, loopEvent, loop, 0, loop);
    const inside = this.#open(isLoop, height, base);
    const depth = this.#depth;
    this.#loop[depth] = loop;
    this.#stretch[depth] = this.#entry[depth] = scan.stretch(
      this.#reader.at,
      this.#stretch[depth]!,
      loop,
      true,
    );
    return inside;
  }

  #openTryTable(height: number, base: number): number {
    this.features.add("exceptions");
    const inside = this.#open(isBlock, height, base);
    const reader = this.#reader;
    for (let left = reader.count(); left > 0; left--) {
      const offset = reader.at;
      const kind = reader.byte();
      if (kind > 3) throw unsupported(`the catch clause 0x${kind.toString(16)}`, offset);
      if (kind < 2) this.#tag();
      // Labels of clauses count from outside of the try_table.
      const label = reader.u32();
      if (label >= this.#depth) throw malformed(`there is no label ${label}`, offset);
      const target = this.#depth - 1 - label;
      this.#reaches(target);
      this.#merge(1, inside);
      // An exception goes to the clause without any instruction of ours in between.
      const loop = this.#loop[this.#depth]!;
      if (loop >= 0 && this.#kind[target] === isLoop) this.scan.loopBacks[this.#loop[target]!]!++;
    }
    return inside;
  }

  #catch(all: boolean, offset: number, base: number): number {
    const depth = this.#depth;
    const kind = this.#kind[depth];
    if (kind !== isTry && kind !== isCatch) throw malformed("catch outside of a try", offset);
    const type = all ? -1 : this.#tag();
    this.#kind[depth] = all ? isCatchAll : isCatch;
    const height = base + (all ? 0 : this.#spaces.types.parameters[type]!);
    this.#merge(1, height);
    this.#arm(this.#entry[depth]!);
    return height;
  }

  /** The end of a block that is not the function's. */
  #close(): number {
    const { scan } = this;
    const depth = this.#depth;
    const outer = depth - 1;
    const reach = this.#reach[depth]!;
    this.#depth = outer;
    if (this.#kind[depth] === isLoop) {
      const loop = this.#loop[depth]!;
      const parent = scan.loopParent[loop]!;
      if (parent >= 0 && scan.loopCalls[loop]) scan.loopCalls[parent] = 1;
      scan.event(this.#reader.at, this.#reader.at, loopEndEvent, loop, 0, loop);
    }
    if (reach < this.#reach[outer]!) this.#reach[outer] = reach;
    // Some may have left for further out: not everyone gets to what follows.
    if (reach < depth)
      this.#stretch[outer] = scan.stretch(this.#reader.at, this.#stretch[outer]!, this.#loop[outer]!, false);
    return this.#height[depth]! + this.#results[depth]!;
  }

  /** After 0xfc. Gives the change of the height. */
  #readPrefixed(offset: number): number {
    const reader = this.#reader;
    const code = reader.u32();
    if (code < 8) {
      this.#spend(saturating.cost[code]! - 1);
      return saturating.delta[code]!;
    }
    switch (code) {
      case 8: // memory.init
        this.features.add("bulk-memory");
        this.#bulk("memoryInit", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 9: // data.drop
        this.#irreversible("data.drop", offset);
        reader.u32();
        return 0;
      case 10: // memory.copy
        this.features.add("bulk-memory");
        this.#bulk("memoryCopy", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 11: // memory.fill
        this.features.add("bulk-memory");
        this.#bulk("memoryFill", offset);
        reader.u32();
        return -3;
      case 12: // table.init
        this.#irreversible("table.init", offset);
        this.#bulk("tableInit", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 13: // elem.drop
        this.#irreversible("elem.drop", offset);
        reader.u32();
        return 0;
      case 14: // table.copy
        this.#irreversible("table.copy", offset);
        this.#bulk("tableCopy", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 15: // table.grow
        this.#irreversible("table.grow", offset);
        this.#bulk("tableGrow", offset);
        reader.u32();
        return -1;
      case 16: // table.size
        reader.u32();
        return 1;
      case 17: // table.fill
        this.#irreversible("table.fill", offset);
        this.#bulk("tableFill", offset);
        reader.u32();
        return -3;
      default:
        throw unknownOpcode(0xfc, code, offset);
    }
  }

  /** After 0xfd. Gives the change of the height. */
  #readVector(offset: number): number {
    const reader = this.#reader;
    const code = reader.u32();
    const form = simd.form[code] ?? unknown;
    if (form === unknown) throw unknownOpcode(0xfd, code, offset);
    this.features.add(code >= 0x100 ? "relaxed-simd" : "simd");
    if (form === memoryArgument) this.#memoryArgument();
    else if (form === memoryArgumentAndLane) {
      this.#memoryArgument();
      reader.byte();
    } else if (form === lane) reader.byte();
    else if (form === sixteenBytes) reader.skip(16);
    this.#spend(simd.cost[code]! - 1);
    return simd.delta[code]!;
  }
}
