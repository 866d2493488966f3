import {
  callCost,
  codeBytesPerUnit,
  freeCode,
  freeLocals,
  indirectCallCost,
  localsPerUnit,
  maxCallsAtOnce,
  payloadCost,
  referenceCost,
  tableSetCost,
  throwCost,
  unwindCost,
} from "../../fuel-prices.ts";
import type { ByteReader } from "../../wasm/byte-reader.ts";
import { core, memoryArgument, plain } from "../../wasm/instruction-forms.ts";
import { malformed, unknownOpcode } from "../../wasm/module-failures.ts";
import type { Feature } from "../hardened-module.ts";
import { checkLimit, type HardenLimits } from "../module-limits.ts";
import { ControlStack } from "./control-stack.ts";
import { coreCosts } from "./instruction-costs.ts";
import { type ModuleSpaces, movedGlobal } from "./module-spaces.ts";
import { readHeapType, readValueType } from "./module-types.ts";
import { OperationScanner } from "./operation-scanner.ts";
import { exitEvent, globalEvent, growEvent, Scan, unknownFrame } from "./scan.ts";

/**
 * Scanner of function bodies, one after the other, that notes what hardening has to insert (`scan`). Opcodes stand as numbers here:
 * V8 makes a jump table of these, and of names a chain of comparisons.
 */
export class BodyScanner {
  readonly scan = new Scan();
  readonly features = new Set<Feature>();
  largestBody = 0;
  maxLocals = 0;
  readonly control: ControlStack;
  readonly operations: OperationScanner;
  /** Locals, and places, of the body scanned last. */
  locals = 0;
  groupsStart = 0;
  groups = 0;
  codeStart = 0;

  readonly #reader: ByteReader;
  readonly #spaces: ModuleSpaces;
  readonly #limits: HardenLimits;
  readonly #unwinds: boolean;

  /** `unwinds`: exceptions may be thrown through the module's frames. */
  constructor(reader: ByteReader, spaces: ModuleSpaces, limits: HardenLimits, unwinds: boolean) {
    this.#reader = reader;
    this.#spaces = spaces;
    this.#limits = limits;
    this.#unwinds = unwinds || spaces.tags.length > 0;
    this.control = new ControlStack(reader, spaces, limits, this.scan, this.features);
    this.operations = new OperationScanner(reader, limits, this.control, this.scan, this.features);
  }

  /** Reads the body between the reader's place and its end. */
  read(type: number): void {
    const { scan } = this;
    const reader = this.#reader;
    const start = reader.at;
    checkLimit(this.#limits, "bodyBytes", reader.end - start, start);
    this.largestBody = Math.max(this.largestBody, reader.end - start);
    scan.clear();
    this.#readLocals(type);
    this.control.begin(this.locals, this.#spaces.types.results[type]!);
    this.#readCode();
    reader.finish("a function's last end");
    this.control.finish(start);
    const frame = Math.max(0, this.locals - freeLocals) / localsPerUnit;
    const code = Math.max(0, reader.end - start - freeCode) / codeBytesPerUnit;
    scan.stretchCost[0]! += Math.floor(frame + code);
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
    this.maxLocals = Math.max(this.maxLocals, locals);
    this.codeStart = reader.at;
  }

  #readCode(): void {
    const { scan } = this;
    const reader = this.#reader;
    const { bytes } = reader;
    const { form, delta } = core;
    const cost = coreCosts;
    const { types, functions, globals, fuel } = this.#spaces;
    const { control, operations } = this;
    const stretches = control.stretch;
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
        if (kind === memoryArgument) operations.memoryArgument();
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
          if (index >= fuel) scan.event(at, reader.at, globalEvent, movedGlobal(index, this.#spaces), 0, -1);
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
          height = control.block(height, base);
          break;
        case 0x03: // loop
          height = control.openLoop(offset, height, base);
          break;
        case 0x04: // if
          height = control.if(Math.max(base, height - 1), base);
          break;
        case 0x05: // else
          height = control.else(offset);
          break;
        case 0x06: // try
          this.features.add("legacy-exceptions");
          height = control.try(height, base);
          break;
        case 0x07: // catch
        case 0x19: // catch_all
          height = control.catch(code === 0x19, offset, base);
          break;
        case 0x18: // delegate
          height = control.delegate(offset);
          break;
        case 0x1f: // try_table
          height = control.openTryTable(height, base);
          break;
        case 0x08: // throw
          this.features.add("exceptions");
          control.spend(payloadCost * types.parameters[control.tag()]!);
          height = this.#throw(offset, base);
          break;
        case 0x09: // rethrow
          reader.u32();
          control.keepLabels();
          height = this.#throw(offset, base);
          break;
        case 0x0a: // throw_ref
          this.features.add("exceptions");
          height = this.#throw(offset, base);
          break;
        case 0x0b: // end
          if (depth === 0) return;
          height = control.close();
          break;
        case 0x0c: // br
          control.jump(offset);
          control.merge(1, height);
          height = base;
          break;
        case 0x0d: // br_if
          height = Math.max(base, height - 1);
          control.merge(1, height);
          control.branchIf(offset);
          break;
        case 0x0e: // br_table
          control.branchTable(offset, height);
          height = base;
          break;
        case 0x0f: // return
          control.branch(offset, 0, true);
          height = base;
          break;
        case 0xd5: // br_on_null
        case 0xd6: {
          // br_on_non_null
          this.features.add("function-references");
          if (code === 0xd6) height = Math.max(base, height - 1);
          control.merge(1, height);
          control.branch(offset, control.label());
          control.arm(stretches[depth]!);
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
          control.spend(referenceCost);
          reader.u32();
          break;
        case 0x26: // table.set
          this.features.add("reference-types");
          operations.markIrreversible("table.set", offset);
          control.spend(tableSetCost);
          reader.u32();
          height -= 2;
          break;
        case 0x3f: // memory.size
          reader.u32();
          height++;
          break;
        case 0x40: {
          // memory.grow
          const memory = reader.u32();
          operations.irreversible.add("memory.grow");
          operations.bulk("memoryGrow", offset);
          scan.grows = true;
          scan.event(offset, offset, growEvent, memory, 0, -1);
          operations.grown("memoryGrow", memory);
          break;
        }
        case 0xd0: // ref.null
          readHeapType(reader, types);
          height++;
          break;
        case 0xd2: {
          // ref.func
          const index = reader.u32();
          if (functions[index] === undefined) throw malformed(`there is no function ${index}`, offset);
          control.spend(referenceCost);
          height++;
          break;
        }
        case 0xfc: // bulk operations, saturating truncation
          height += operations.readBulk(offset);
          break;
        case 0xfd: // vectors
          height += operations.readVector(offset);
          break;
        case 0xfb: // garbage collection
        case 0xfe: // threads
          throw unknownOpcode(code, reader.u32(), offset);
        default:
          throw unknownOpcode(undefined, code, offset);
      }
      depth = control.depth;
      base = control.height[depth]!;
      if (height < base) height = base;
    }
  }

  #type(): number {
    const index = this.#reader.u32();
    if (index >= this.#spaces.types.known) throw malformed(`there is no type ${index}`, this.#reader.at);
    return index;
  }

  #call(type: number, height: number, base: number, cost: number): number {
    const { control } = this;
    const { parameters, results } = this.#spaces.types;
    const { scan } = this;
    const unwind = this.#unwinds ? unwindCost : 0;
    control.spend(cost + unwind + parameters[type]! + results[type]!);
    const loop = control.loop[control.depth]!;
    if (loop >= 0) scan.loopCalls[loop] = 1;
    control.split(maxCallsAtOnce);
    return Math.max(base, height - parameters[type]!) + results[type]!;
  }

  #tailCall(base: number): number {
    const { control } = this;
    this.features.add("tail-calls");
    control.reaches(0);
    return base;
  }

  #throw(offset: number, base: number): number {
    const { control } = this;
    control.spend(throwCost);
    const loop = control.loop[control.depth]!;
    if (loop >= 0) this.scan.event(offset, offset, exitEvent, unknownFrame, 0, loop);
    return base;
  }
}
