import { type BodyScanner, bulkKinds } from "./body-scanner.ts";
import type { BranchHints } from "./branch-hints.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { Charges } from "./charges.ts";
import type { HardenLimits } from "./limits.ts";
import {
  bulkEvent,
  chargeEvent,
  dirtyEvent,
  exitEvent,
  exitIfEvent,
  globalEvent,
  growEvent,
  grownEvent,
  labelEvent,
  loopEndEvent,
  loopEvent,
  unwrapEvent,
  wrapEvent,
} from "./scan.ts";

/** How many blocks are put around a loop that is wrapped. */
const wrappings = 3;

/** Indices of what hardening adds: three globals, and a function. */
export interface Added {
  readonly fuel: number;
  readonly room: number;
  readonly refill: number;
  readonly dirty: number;
}

/**
 * Writes the function body scanned last with everything inserted. In loops that call nothing the fuel is kept in a
 * local, and stored where they are left: reading and writing the global in every round would cost small loops half
 * their speed.
 */
export class BodyWriter {
  readonly #out: ByteWriter;
  readonly #bytes: Uint8Array;
  readonly #added: Added;
  readonly #limits: HardenLimits;
  readonly #hints: BranchHints;
  #fuel = 0;
  #operand = 0;
  /** What the last `memory.grow` gave. */
  #before = 0;

  constructor(out: ByteWriter, bytes: Uint8Array, added: Added, limits: HardenLimits, hints: BranchHints) {
    this.#out = out;
    this.#bytes = bytes;
    this.#added = added;
    this.#limits = limits;
    this.#hints = hints;
  }

  write(scanner: BodyScanner, { cost, region }: Charges, charged: number, end: number): void {
    const out = this.#out;
    const { scan } = scanner;
    const { events, eventCount, loopFrame, loopStretch, stretchIsLoop } = scan;
    this.#writeLocals(scanner, charged > 0 || scan.usesBulk);
    let from = scanner.codeStart;
    for (let at = 0, last = eventCount * 6; at < last; at += 6) {
      const kind = events[at + 2]!;
      const a = events[at + 3]!;
      if (kind === chargeEvent && cost[a] === 0) continue;
      const loop = events[at + 5]!;
      const home = loop < 0 ? -1 : region[loop]!;
      const inRegion = home >= 0;
      const wrapped = inRegion && scan.wraps && scan.loopWraps[loop] === 1;
      if (kind >= wrapEvent && !wrapped) continue;
      const leaves = inRegion && a < loopFrame[home]!;
      if (kind === loopEvent || kind === loopEndEvent) {
        if (home !== a || !inRegion) continue;
      } else if (kind === exitEvent || kind === exitIfEvent) {
        if (!leaves && !(wrapped && kind === exitIfEvent)) continue;
      }
      const start = events[at]!;
      out.copy(this.#bytes, from, start);
      from = start;
      switch (kind) {
        case chargeEvent:
          if (!wrapped) this.#charge(cost[a]!, inRegion);
          else {
            this.#owe(cost[a]!);
            if (stretchIsLoop[a] === 1) this.#leaveWhenEmpty();
          }
          break;
        case bulkEvent:
          this.#chargeOperand(a, inRegion);
          break;
        case globalEvent:
          out.u32(a);
          from = events[at + 1]!;
          break;
        case loopEvent:
          this.#load();
          break;
        case loopEndEvent:
        case exitEvent:
          this.#store();
          break;
        case exitIfEvent:
          this.#branchIf(events[at + 4]! + (wrapped ? wrappings : 0), leaves);
          from = events[at + 1]!;
          break;
        case wrapEvent:
          this.#wrap(start + 1, events[at + 4]!);
          break;
        case unwrapEvent:
          this.#unwrap(cost[loopStretch[a]!]!);
          break;
        case labelEvent:
          out.u32(events[at + 4]! + wrappings);
          from = events[at + 1]!;
          break;
        case dirtyEvent:
          out.bytes(0x41, 0x01, 0x24); // i32.const 1, global.set
          out.u32(this.#added.dirty);
          break;
        case growEvent:
          this.#limitGrowth();
          break;
        case grownEvent:
          this.#takeRoom();
          break;
      }
    }
    out.copy(this.#bytes, from, end);
  }

  #writeLocals({ locals, groups, groupsStart, codeStart, scan }: BodyScanner, metered: boolean): void {
    const out = this.#out;
    out.u32(groups + (metered ? 1 : 0) + (scan.usesBulk ? 1 : 0));
    out.copy(this.#bytes, groupsStart, codeStart);
    this.#fuel = locals;
    this.#operand = locals + 1;
    this.#before = locals + 2;
    if (metered) out.bytes(0x01, 0x7e);
    if (scan.usesBulk) out.bytes(scan.growsMemory ? 0x02 : 0x01, 0x7f);
  }

  /** The global into the local. */
  #load(): void {
    this.#readGlobal();
    this.#out.byte(0x21);
    this.#out.u32(this.#fuel);
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

  /** The local into the global. */
  #store(): void {
    this.#readLocal();
    this.#out.byte(0x24);
    this.#out.u32(this.#added.fuel);
  }

  #branchIf(label: number, leaves: boolean): void {
    const out = this.#out;
    if (leaves) {
      out.bytes(0x04, 0x40); // if
      this.#store();
      out.byte(0x0c); // br
      out.u32(label + 1);
      out.byte(0x0b);
    } else {
      out.byte(0x0d);
      out.u32(label);
    }
  }

  /**
   * V8 unrolls innermost loops only while they call nothing, so the call for more fuel is made outside: the loop is
   * left for it and begun again. In WebAssembly text:
   *
   * (block $done (loop $again (block $empty (loop … br_if $empty …) br $done) refill … br $again))
   *
   * The block type of the loop lies between these places.
   */
  #wrap(from: number, to: number): void {
    const out = this.#out;
    out.byte(0x02);
    out.copy(this.#bytes, from, to);
    out.byte(0x03);
    out.copy(this.#bytes, from, to);
    out.bytes(0x02, 0x40);
  }

  /** `units` were charged by the round that is begun again. */
  #unwrap(units: number): void {
    const out = this.#out;
    out.bytes(0x0c, 0x02, 0x0b); // br $done, end
    this.#store();
    this.#callRefill();
    out.byte(0x42);
    out.positive(units);
    out.bytes(0x7c, 0x21); // i64.add, local.set
    out.u32(this.#fuel);
    out.bytes(0x0c, 0x00, 0x0b, 0x0b); // br $again, end, end
  }

  #owe(units: number): void {
    const out = this.#out;
    this.#readLocal();
    out.byte(0x42);
    out.positive(units);
    out.bytes(0x7d, 0x21); // i64.sub, local.set
    out.u32(this.#fuel);
  }

  #leaveWhenEmpty(): void {
    const out = this.#out;
    this.#readLocal();
    // No hint: with it, V8 makes some such loops half as fast.
    out.bytes(0x42, 0x00, 0x53, 0x0d, 0x01); // i64.const 0, i64.lt_s, br_if $empty
  }

  #callRefill(): void {
    const out = this.#out;
    out.byte(0x10); // call
    out.u32(this.#added.refill);
  }

  #charge(units: number, inRegion: boolean): void {
    const out = this.#out;
    if (inRegion) this.#readLocal();
    else this.#readGlobal();
    out.byte(0x42); // i64.const
    out.positive(units);
    this.#subtract(inRegion);
  }

  /** Charges for what the i32 on top of the stack says, and leaves it there. */
  #chargeOperand(kind: number, inRegion: boolean): void {
    const out = this.#out;
    const { factor, shift, upTo } = bulkKinds[kind]!;
    out.byte(0x22); // local.tee
    out.u32(this.#operand);
    if (inRegion) this.#readLocal();
    else this.#readGlobal();
    this.#readOperand();
    if (upTo) {
      const most = this.#limits[upTo];
      out.byte(0x42);
      out.positive(most);
      this.#readOperand();
      out.byte(0x42);
      out.positive(most);
      out.bytes(0x54, 0x1b); // i64.lt_u, select
    }
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
    this.#subtract(inRegion);
  }

  /** Makes what the host has no room for -1, which no memory can grow by. */
  #limitGrowth(): void {
    const out = this.#out;
    out.bytes(0x41, 0x7f, 0x20); // i32.const -1, local.get
    out.u32(this.#operand);
    out.byte(0x23);
    out.u32(this.#added.room);
    out.bytes(0x4d, 0x1b); // i32.le_u, select
  }

  /** Takes from the room what the memory has grown by, and leaves on the stack what `memory.grow` gave. */
  #takeRoom(): void {
    const out = this.#out;
    out.byte(0x22); // local.tee
    out.u32(this.#before);
    out.byte(0x23);
    out.u32(this.#added.room);
    out.bytes(0x41, 0x00, 0x20); // i32.const 0, local.get
    out.u32(this.#operand);
    out.byte(0x20);
    out.u32(this.#before);
    out.bytes(0x41, 0x7f, 0x46, 0x1b, 0x6b, 0x24); // i32.const -1, i32.eq, select, i32.sub, global.set
    out.u32(this.#added.room);
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
    if (inRegion) this.#store();
    this.#callRefill();
    if (inRegion) {
      out.byte(0x21);
      out.u32(this.#fuel);
    } else out.byte(0x1a); // drop
    out.byte(0x0b);
  }
}
