import type { ByteWriter } from "../../wasm/byte-writer.ts";
import { bulkOp, op } from "../../wasm/opcodes.ts";
import { emptyBlock, numberTypes } from "../../wasm/value-types.ts";
import { type Growth, growthBits } from "../growth-word.ts";
import { bulkKinds } from "../scan/operation-scanner.ts";
import type { BranchHints } from "./branch-hints.ts";

/** -1 as an i32 constant, in bytes. */
const minusOne = 0x7f;

/** Indices of what hardening adds to a module. */
export interface Added {
  // Globals.
  readonly fuel: number;
  readonly room: number;
  readonly tell: number;
  readonly dirty: number;
  /** The function that has the tank filled. */
  readonly refill: number;
  /** The type of what the global `tell` refers to. */
  readonly tellType: number;
}

/**
 * The instructions that hardening inserts into a function. In a region, loops in which nothing is called, the fuel is
 * in a local, elsewhere in the global.
 */
export class InsertedCode {
  readonly #out: ByteWriter;
  readonly #added: Added;
  readonly #hints: BranchHints;
  // Locals of the function: the fuel, an operand, and what the last growth gave.
  #fuel = 0;
  #operand = 0;
  #before = 0;

  constructor(out: ByteWriter, added: Added, hints: BranchHints) {
    this.#out = out;
    this.#added = added;
    this.#hints = hints;
  }

  /** Begins a function that has so many locals of its own, counting parameters. */
  begin(locals: number): void {
    this.#fuel = locals;
    this.#operand = locals + 1;
    this.#before = locals + 2;
  }

  /** The global into the local. */
  load(): void {
    this.#readGlobal();
    this.#out.byte(op.localSet);
    this.#out.u32(this.#fuel);
  }

  /** The local into the global. */
  store(): void {
    this.#readLocal();
    this.#out.byte(op.globalSet);
    this.#out.u32(this.#added.fuel);
  }

  charge(units: number, inRegion: boolean): void {
    const out = this.#out;
    if (inRegion) this.#readLocal();
    else this.#readGlobal();
    out.byte(op.i64Const);
    out.positive(units);
    this.#subtract(inRegion);
  }

  /** Takes units from the local, without looking what is left. */
  owe(units: number): void {
    this.#change(units, op.i64Sub);
  }

  giveBack(units: number): void {
    this.#change(units, op.i64Add);
  }

  #change(units: number, opcode: number): void {
    const out = this.#out;
    this.#readLocal();
    out.byte(op.i64Const);
    out.positive(units);
    out.bytes(opcode, op.localSet);
    out.u32(this.#fuel);
  }

  /** Charges for what the i32 on top of the stack says, and leaves it there. Growth is charged for afterwards. */
  chargeOperand(kind: number, inRegion: boolean): void {
    const { granted, factor, shift } = bulkKinds[kind]!;
    this.#out.byte(op.localTee);
    this.#out.u32(this.#operand);
    if (granted === undefined) this.#chargeNoted(factor, shift, 0, inRegion);
  }

  /** Charges for the operand noted before. */
  #chargeNoted(factor: number, shift: number, fixed: number, inRegion: boolean): void {
    const out = this.#out;
    if (inRegion) this.#readLocal();
    else this.#readGlobal();
    this.#readOperand();
    if (factor !== 1) {
      out.byte(op.i64Const);
      out.positive(factor);
      out.byte(op.i64Mul);
    }
    if (shift !== 0) {
      out.byte(op.i64Const);
      out.positive(shift);
      out.byte(op.i64ShrU);
    }
    if (fixed !== 0) {
      out.byte(op.i64Const);
      out.positive(fixed);
      out.byte(op.i64Add);
    }
    this.#subtract(inRegion);
  }

  /**
   * Answers growth by nothing with the size: V8 would go to every instance that shares the memory, and make its buffer
   * anew. Makes what the host has no room for -1, which no memory can grow by.
   */
  beforeGrowth(memory: number): void {
    const out = this.#out;
    out.bytes(op.i32Eqz, op.if, numberTypes.i32, op.memorySize);
    out.u32(memory);
    out.bytes(op.else, op.localGet);
    out.u32(this.#operand);
    out.bytes(op.i32Const, minusOne, op.localGet);
    out.u32(this.#operand);
    out.byte(op.globalGet);
    out.u32(this.#added.room);
    out.bytes(op.i32LeU, op.select);
  }

  /**
   * Pays for what a memory has grown by, takes it from the room, and tells of it; or tells that it has not grown. Leaves
   * on the stack what `memory.grow` gave. Paid for afterwards because nobody knows before what is granted: to grow costs
   * little, and a call that can't pay ends there.
   */
  afterGrowth(memory: number, kind: number, inRegion: boolean): void {
    const out = this.#out;
    this.#ifRefused("memory", memory);
    this.markDirty();
    out.byte(op.globalGet);
    out.u32(this.#added.room);
    out.byte(op.localGet);
    out.u32(this.#operand);
    out.bytes(op.i32Sub, op.globalSet);
    out.u32(this.#added.room);
    this.#endGrowth("memory", memory, kind, inRegion);
    out.byte(op.end);
  }

  /** The same for a table, which there is no common room for. */
  afterTableGrowth(table: number, kind: number, inRegion: boolean): void {
    this.#ifRefused("table", table);
    this.#endGrowth("table", table, kind, inRegion);
  }

  #ifRefused(of: Growth["of"], index: number): void {
    const out = this.#out;
    out.byte(op.localTee);
    out.u32(this.#before);
    out.bytes(op.i32Const, minusOne, op.i32Eq, op.if, emptyBlock);
    this.#tell(of, index, true);
    out.byte(op.else);
  }

  #endGrowth(of: Growth["of"], index: number, kind: number, inRegion: boolean): void {
    const out = this.#out;
    const { granted = 0, factor, shift } = bulkKinds[kind]!;
    this.#tell(of, index, false);
    this.#chargeNoted(factor, shift, granted, inRegion);
    out.bytes(op.end, op.localGet);
    out.u32(this.#before);
  }

  /** Tells of a growth by the operand noted before. */
  #tell(of: Growth["of"], index: number, refused: boolean): void {
    const out = this.#out;
    out.byte(op.localGet);
    out.u32(this.#operand);
    if (of === "memory") out.byte(op.memorySize);
    else out.bytes(op.bulk, bulkOp.tableSize);
    out.u32(index);
    out.byte(op.i32Const);
    out.positive(growthBits(of, refused));
    out.bytes(op.i32Or, op.globalGet);
    out.u32(this.#added.tell);
    out.byte(op.callRef);
    out.u32(this.#added.tellType);
    out.byte(op.drop);
  }

  /** Has the tank filled, by a call. */
  refill(): void {
    this.store();
    this.#callRefill();
    this.#out.byte(op.localSet);
    this.#out.u32(this.#fuel);
  }

  #callRefill(): void {
    this.#out.byte(op.call);
    this.#out.u32(this.#added.refill);
  }

  /** Takes the top of the stack from the fuel below it; traps when none is left. */
  #subtract(inRegion: boolean): void {
    const out = this.#out;
    out.bytes(op.i64Sub, op.localTee);
    out.u32(this.#fuel);
    if (!inRegion) {
      out.byte(op.globalSet);
      out.u32(this.#added.fuel);
      this.#readLocal();
    }
    out.bytes(op.i64Const, 0x00, op.i64LtS);
    this.#hints.unlikely(out.length);
    out.bytes(op.if, emptyBlock);
    if (inRegion) this.refill();
    else {
      this.#callRefill();
      out.byte(op.drop);
    }
    out.byte(op.end);
  }

  #readGlobal(): void {
    this.#out.byte(op.globalGet);
    this.#out.u32(this.#added.fuel);
  }

  #readLocal(): void {
    this.#out.byte(op.localGet);
    this.#out.u32(this.#fuel);
  }

  /** The i32 noted before, as i64. */
  #readOperand(): void {
    this.#out.byte(op.localGet);
    this.#out.u32(this.#operand);
    this.#out.byte(op.i64ExtendI32U);
  }

  /** Asks if the fuel in the local is below zero. */
  isSpent(): void {
    this.#readLocal();
    this.#out.bytes(op.i64Const, 0x00, op.i64LtS);
  }

  /** Notes that a reset can't undo what follows. */
  markDirty(): void {
    this.#out.bytes(op.i32Const, 0x01, op.globalSet);
    this.#out.u32(this.#added.dirty);
  }
}
