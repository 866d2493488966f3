import { type BodyScanner, bulkKinds } from "./body-scanner.ts";
import type { BranchHints } from "./branch-hints.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { Charges } from "./charges.ts";
import type { HardenLimits } from "./limits.ts";
import {
  bulkEvent,
  chargeEvent,
  dirtyEvent,
  eventWords,
  exitEvent,
  exitIfEvent,
  globalEvent,
  growEvent,
  grownEvent,
  labelEvent,
  loopEndEvent,
  loopEvent,
  Scan,
  unwrapEvent,
  wrapEvent,
} from "./scan.ts";

/** How many blocks are put around a loop that is wrapped. */
const wrappings = 3;
/** A round of so few bytes is written so many times. */
const [mostUnrolled, unrolledTimes] = [32, 4];
/** Bytes that this adds to a function. */
const mostAdded = 8_192;
/** Units that a round may cost which is written several times: a guest may run so much longer than its fuel lasts. */
const mostOwed = 1_000;
/** Where an exit leads to nobody knows. */
const thrown = -1;

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
  #scan = new Scan();
  #charges = new Charges();
  /** Up to where the body has been copied. */
  #from = 0;
  /** In a wrapped loop: how many blocks have been put around its body. */
  #around = wrappings;
  /** In an unrolled loop: what was paid for rounds after this one. */
  #unused = 0;
  /** Bytes that unrolling has added to the function. */
  #unrolled = 0;

  constructor(out: ByteWriter, bytes: Uint8Array, added: Added, limits: HardenLimits, hints: BranchHints) {
    this.#out = out;
    this.#bytes = bytes;
    this.#added = added;
    this.#limits = limits;
    this.#hints = hints;
  }

  write(scanner: BodyScanner, charges: Charges, charged: number, end: number): void {
    const { scan } = scanner;
    this.#scan = scan;
    this.#charges = charges;
    this.#unrolled = 0;
    this.#writeLocals(scanner, charged > 0 || scan.usesBulk);
    this.#from = scanner.codeStart;
    this.#writeCode(0, scan.eventCount * eventWords);
    this.#copyTo(end);
  }

  /** What lies between two events of the scan, and what is to be inserted there. */
  #writeCode(first: number, last: number): void {
    const out = this.#out;
    const scan = this.#scan;
    const { cost, region } = this.#charges;
    const { events, loopFrame, stretchIsLoop } = scan;
    for (let at = first; at < last; at += eventWords) {
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
      } else if (kind === exitEvent) {
        if (!leaves && !(wrapped && this.#unused > 0)) continue;
      } else if (kind === exitIfEvent) {
        if (!leaves && !wrapped) continue;
      }
      const start = events[at]!;
      this.#copyTo(start);
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
          this.#from = events[at + 1]!;
          break;
        case loopEvent:
          this.#load();
          break;
        case loopEndEvent:
          this.#store();
          break;
        case exitEvent:
          // What is thrown may be caught in the loop.
          if (a !== thrown) this.#giveBack();
          if (leaves) this.#store();
          break;
        case exitIfEvent:
          this.#branchIf(events[at + 4]! + (wrapped ? this.#around : 0), leaves);
          this.#from = events[at + 1]!;
          break;
        case wrapEvent:
          at = this.#writeWrapped(at);
          break;
        case labelEvent:
          out.u32(events[at + 4]! + this.#around);
          this.#from = events[at + 1]!;
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
  }

  #copyTo(end: number): void {
    this.#out.copy(this.#bytes, this.#from, end);
    this.#from = end;
  }

  /**
   * A loop whose fuel is looked at only where a round begins, up to its `end`. Gives the place of its last event.
   *
   * A round of a few instructions would take a sixth longer, so such loops are unrolled: several rounds are paid for at
   * once, each but the last is in a block that ends where the next one begins, and who leaves is given back what he has
   * not used. In WebAssembly text, for two rounds:
   *
   * (loop pay for two, br_if $empty … (block $next round, give back one, br $done) round)
   */
  #writeWrapped(at: number): number {
    const out = this.#out;
    const { events, loopStretch } = this.#scan;
    const loop = events[at + 3]!;
    const [offset, body] = [events[at]!, events[at + 4]!];
    let last = at;
    while (events[last + 2] !== unwrapEvent || events[last + 3] !== loop) last += eventWords;
    const end = events[last]! - 1;
    // After the events that wrap the loop and pay for a round.
    const first = at + 2 * eventWords;
    const units = this.#charges.cost[loopStretch[loop]!]!;
    const copies = this.#copiesOf(end - body, first, last, units);

    this.#wrap(offset + 1, body);
    this.#copyTo(body);
    this.#owe(copies * units);
    this.#leaveWhenEmpty();
    for (let unused = copies - 1; unused > 0; unused--) {
      this.#unused = unused * units;
      this.#around = wrappings + 1;
      out.bytes(0x02, 0x40); // block
      this.#from = body;
      this.#writeCode(first, last);
      this.#copyTo(end);
      this.#giveBack();
      out.bytes(0x0c, wrappings + 1, 0x0b); // br $done, end
    }
    this.#unused = 0;
    this.#around = wrappings;
    this.#from = body;
    this.#writeCode(first, last);
    this.#copyTo(end + 1);
    this.#unwrap(copies * units);
    return last;
  }

  /** How often a round is written: its bytes, its events after that at its beginning, and what that one charges. */
  #copiesOf(size: number, first: number, last: number, units: number): number {
    const { events, unrolls } = this.#scan;
    if (!unrolls || size > mostUnrolled) return 1;
    let round = units;
    for (let at = first; at < last; at += eventWords)
      if (events[at + 2] === chargeEvent) round += this.#charges.cost[events[at + 3]!]!;
    const added = (unrolledTimes - 1) * size;
    if (round > mostOwed || this.#unrolled + added > mostAdded) return 1;
    this.#unrolled += added;
    return unrolledTimes;
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

  /** What was paid for rounds that are not run. */
  #giveBack(): void {
    if (this.#unused > 0) this.#addUnits(this.#unused);
  }

  #branchIf(label: number, leaves: boolean): void {
    const out = this.#out;
    if (leaves || this.#unused > 0) {
      out.bytes(0x04, 0x40); // if
      this.#giveBack();
      if (leaves) this.#store();
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
    out.byte(0x21);
    out.u32(this.#fuel);
    this.#addUnits(units);
    out.bytes(0x0c, 0x00, 0x0b, 0x0b); // br $again, end, end
  }

  #addUnits(units: number): void {
    const out = this.#out;
    this.#readLocal();
    out.byte(0x42); // i64.const
    out.positive(units);
    out.bytes(0x7c, 0x21); // i64.add, local.set
    out.u32(this.#fuel);
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
