import type { ByteWriter } from "../../wasm/byte-writer.ts";
import { type Growth, growthBits } from "../growth-word.ts";
import { bulkKinds } from "../scan/body-scanner.ts";
import type { BranchHints } from "./branch-hints.ts";

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

  /** In a function that has so many locals of its own, counting parameters. */
  begin(locals: number): void {
    this.#fuel = locals;
    this.#operand = locals + 1;
    this.#before = locals + 2;
  }

  /** The global into the local. */
  load(): void {
    this.#readGlobal();
    this.#out.byte(0x21);
    this.#out.u32(this.#fuel);
  }

  /** The local into the global. */
  store(): void {
    this.#readLocal();
    this.#out.byte(0x24);
    this.#out.u32(this.#added.fuel);
  }

  charge(units: number, inRegion: boolean): void {
    const out = this.#out;
    if (inRegion) this.#readLocal();
    else this.#readGlobal();
    out.byte(0x42); // i64.const
    out.positive(units);
    this.#subtract(inRegion);
  }

  /** Takes units from the local, without looking what is left. */
  owe(units: number): void {
    this.#change(units, 0x7d); // i64.sub
  }

  giveBack(units: number): void {
    this.#change(units, 0x7c); // i64.add
  }

  #change(units: number, opcode: number): void {
    const out = this.#out;
    this.#readLocal();
    out.byte(0x42); // i64.const
    out.positive(units);
    out.bytes(opcode, 0x21); // …, local.set
    out.u32(this.#fuel);
  }

  /** Charges for what the i32 on top of the stack says, and leaves it there. Growth is charged for afterwards. */
  chargeOperand(kind: number, inRegion: boolean): void {
    const { granted, factor, shift } = bulkKinds[kind]!;
    this.#out.byte(0x22); // local.tee
    this.#out.u32(this.#operand);
    if (granted === undefined) this.#chargeNoted(factor, shift, 0, inRegion);
  }

  /** For the operand noted before. */
  #chargeNoted(factor: number, shift: number, fixed: number, inRegion: boolean): void {
    const out = this.#out;
    if (inRegion) this.#readLocal();
    else this.#readGlobal();
    this.#readOperand();
    if (factor !== 1) {
      out.byte(0x42);
      out.positive(factor);
      out.byte(0x7e); // i64.mul
    }
    if (shift !== 0) {
      out.byte(0x42);
      out.positive(shift);
      out.byte(0x88); // i64.shr_u
    }
    if (fixed !== 0) {
      out.byte(0x42);
      out.positive(fixed);
      out.byte(0x7c); // i64.add
    }
    this.#subtract(inRegion);
  }

  /**
   * Answers growth by nothing with the size: V8 would go to every instance that shares the memory, and make its buffer
   * anew. Makes what the host has no room for -1, which no memory can grow by.
   */
  beforeGrowth(memory: number): void {
    const out = this.#out;
    out.bytes(0x45, 0x04, 0x7f, 0x3f); // i32.eqz, if (result i32), memory.size
    out.u32(memory);
    out.bytes(0x05, 0x20); // else, local.get
    out.u32(this.#operand);
    out.bytes(0x41, 0x7f, 0x20); // i32.const -1, local.get
    out.u32(this.#operand);
    out.byte(0x23);
    out.u32(this.#added.room);
    out.bytes(0x4d, 0x1b); // i32.le_u, select
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
    out.byte(0x23); // global.get
    out.u32(this.#added.room);
    out.byte(0x20);
    out.u32(this.#operand);
    out.bytes(0x6b, 0x24); // i32.sub, global.set
    out.u32(this.#added.room);
    this.#endGrowth("memory", memory, kind, inRegion);
    out.byte(0x0b); // end
  }

  /** The same for a table, which there is no common room for. */
  afterTableGrowth(table: number, kind: number, inRegion: boolean): void {
    this.#ifRefused("table", table);
    this.#endGrowth("table", table, kind, inRegion);
  }

  #ifRefused(of: Growth["of"], index: number): void {
    const out = this.#out;
    out.byte(0x22); // local.tee
    out.u32(this.#before);
    out.bytes(0x41, 0x7f, 0x46, 0x04, 0x40); // i32.const -1, i32.eq, if
    this.#tell(of, index, true);
    out.byte(0x05); // else
  }

  #endGrowth(of: Growth["of"], index: number, kind: number, inRegion: boolean): void {
    const out = this.#out;
    const { granted = 0, factor, shift } = bulkKinds[kind]!;
    this.#tell(of, index, false);
    this.#chargeNoted(factor, shift, granted, inRegion);
    out.bytes(0x0b, 0x20); // end, local.get
    out.u32(this.#before);
  }

  /** Of a growth by the operand noted before. */
  #tell(of: Growth["of"], index: number, refused: boolean): void {
    const out = this.#out;
    out.byte(0x20); // local.get
    out.u32(this.#operand);
    if (of === "memory")
      out.byte(0x3f); // memory.size
    else out.bytes(0xfc, 0x10); // table.size
    out.u32(index);
    out.byte(0x41); // i32.const
    out.positive(growthBits(of, refused));
    out.bytes(0x72, 0x23); // i32.or, global.get
    out.u32(this.#added.tell);
    out.byte(0x14); // call_ref
    out.u32(this.#added.tellType);
    out.byte(0x1a); // drop
  }

  /** Has the tank filled, by a call. */
  refill(): void {
    this.store();
    this.#callRefill();
    this.#out.byte(0x21); // local.set
    this.#out.u32(this.#fuel);
  }

  #callRefill(): void {
    this.#out.byte(0x10); // call
    this.#out.u32(this.#added.refill);
  }

  /** Takes the top of the stack from the fuel below it; traps when none is left. */
  #subtract(inRegion: boolean): void {
    const out = this.#out;
    out.bytes(0x7d, 0x22); // i64.sub, local.tee
    out.u32(this.#fuel);
    if (!inRegion) {
      out.byte(0x24);
      out.u32(this.#added.fuel);
      this.#readLocal();
    }
    out.bytes(0x42, 0x00, 0x53); // i64.const 0, i64.lt_s
    this.#hints.unlikely(out.length);
    out.bytes(0x04, 0x40); // if
    if (inRegion) this.refill();
    else {
      this.#callRefill();
      out.byte(0x1a); // drop
    }
    out.byte(0x0b);
  }

  #readGlobal(): void {
    this.#out.byte(0x23);
    this.#out.u32(this.#added.fuel);
  }

  #readLocal(): void {
    this.#out.byte(0x20);
    this.#out.u32(this.#fuel);
  }

  /** The i32 noted before, as i64. */
  #readOperand(): void {
    this.#out.byte(0x20);
    this.#out.u32(this.#operand);
    this.#out.byte(0xad); // i64.extend_i32_u
  }

  /** Whether the fuel in the local is below zero. */
  isSpent(): void {
    this.#readLocal();
    this.#out.bytes(0x42, 0x00, 0x53); // i64.const 0, i64.lt_s
  }

  /** Notes that a reset can't undo what follows. */
  markDirty(): void {
    this.#out.bytes(0x41, 0x01, 0x24); // i32.const 1, global.set
    this.#out.u32(this.#added.dirty);
  }
}
