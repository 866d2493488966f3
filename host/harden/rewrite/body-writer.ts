import { bulkCosts } from "../../fuel-prices.ts";
import type { ByteWriter } from "../../wasm/byte-writer.ts";
import { op } from "../../wasm/opcodes.ts";
import { emptyBlock, numberTypes } from "../../wasm/value-types.ts";
import type { MoveRecorder } from "../moves.ts";
import type { BodyScanner } from "../scan/body-scanner.ts";
import { bulkKinds } from "../scan/operation-scanner.ts";
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
  type Scan,
  unknownFrame,
  unwrapEvent,
  wrapEvent,
} from "../scan/scan.ts";
import type { Charges } from "./charges.ts";
import type { InsertedCode } from "./inserted-code.ts";

/** Number of blocks that are put around a loop that is wrapped. */
const wrappings = 3;
/** A round of so few bytes is written so many times. */
const [maxUnrolled, unrolledTimes] = [32, 4];
/** Bytes that this adds to a function. */
const maxAdded = 8_192;
/** Units that a round may cost which is written several times: a guest may run so much longer than its fuel lasts. */
const maxOwed = 1_000;

/**
 * Writes the function body scanned last with everything inserted. In loops that call nothing the fuel is kept in a
 * local, and stored where they are left: reading and writing the global in every round would cost small loops half
 * their speed.
 */
export class BodyWriter {
  readonly #scanner: BodyScanner;
  readonly #scan: Scan;
  readonly #charges: Charges;
  readonly #bytes: Uint8Array;
  readonly #out: ByteWriter;
  readonly #code: InsertedCode;
  readonly #moves: MoveRecorder | undefined;
  /** Place up to which the body has been copied. */
  #from = 0;
  /** Blocks put around the body of the wrapped loop that is being written. */
  #around = wrappings;
  /** Units paid for rounds after this one, in an unrolled loop. */
  #unused = 0;
  /** Bytes that unrolling has added to the function. */
  #unrolled = 0;

  constructor(
    scanner: BodyScanner,
    charges: Charges,
    bytes: Uint8Array,
    out: ByteWriter,
    code: InsertedCode,
    moves: MoveRecorder | undefined,
  ) {
    this.#scanner = scanner;
    this.#scan = scanner.scan;
    this.#charges = charges;
    this.#bytes = bytes;
    this.#out = out;
    this.#code = code;
    this.#moves = moves;
  }

  /** Writes up to `end`; `charged` says that something is. */
  write(charged: boolean, end: number): void {
    this.#unrolled = 0;
    this.#writeLocals(charged || this.#scan.usesBulk);
    this.#from = this.#scanner.codeStart;
    this.#writeCode(0, this.#scan.eventCount * eventWords);
    this.#copyTo(end);
  }

  /** Writes what lies between two events of the scan, and what is to be inserted there. */
  #writeCode(first: number, last: number): void {
    const out = this.#out;
    const scan = this.#scan;
    const { cost, region } = this.#charges;
    const { events, loopFrame } = scan;
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
        if (!leaves && this.#unused === 0) continue;
      } else if (kind === exitIfEvent) {
        if (!leaves && !wrapped) continue;
      }
      const start = events[at]!;
      this.#copyTo(start);
      switch (kind) {
        case chargeEvent:
          if (wrapped) this.#code.owe(cost[a]!);
          else this.#code.charge(cost[a]!, inRegion);
          break;
        case bulkEvent:
          this.#code.chargeOperand(a, inRegion);
          break;
        case globalEvent:
          out.u32(a);
          this.#from = events[at + 1]!;
          break;
        case loopEvent:
          this.#code.load();
          break;
        case loopEndEvent:
          this.#code.store();
          break;
        case exitEvent:
          // What is thrown may be caught in the loop.
          if (a !== unknownFrame) this.#giveBack();
          if (leaves) this.#code.store();
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
          this.#code.markDirty();
          break;
        case growEvent:
          this.#code.beforeGrowth(a);
          break;
        case grownEvent:
          if (bulkKinds[events[at + 4]!] === bulkCosts.memoryGrow)
            this.#code.afterGrowth(a, events[at + 4]!, inRegion);
          else this.#code.afterTableGrowth(a, events[at + 4]!, inRegion);
          break;
      }
    }
  }

  #copyTo(end: number): void {
    this.#moves?.note(this.#from, this.#out.length);
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
    this.#code.owe(copies * units);
    this.#leaveWhenEmpty();
    for (let unused = copies - 1; unused > 0; unused--) {
      this.#unused = unused * units;
      this.#around = wrappings + 1;
      out.bytes(op.block, emptyBlock);
      this.#from = body;
      this.#writeCode(first, last);
      this.#copyTo(end);
      this.#giveBack();
      out.bytes(op.br, wrappings + 1, op.end); // $done
    }
    this.#unused = 0;
    this.#around = wrappings;
    this.#from = body;
    this.#writeCode(first, last);
    this.#copyTo(end + 1);
    this.#unwrap(copies * units);
    return last;
  }

  /** Number of times that a round is written, by its bytes, its events after that at its beginning, and what that one charges. */
  #copiesOf(size: number, first: number, last: number, units: number): number {
    const { events, unrolls } = this.#scan;
    if (!unrolls || size > maxUnrolled) return 1;
    let round = units;
    for (let at = first; at < last; at += eventWords)
      if (events[at + 2] === chargeEvent) round += this.#charges.cost[events[at + 3]!]!;
    const added = (unrolledTimes - 1) * size;
    if (round > maxOwed || this.#unrolled + added > maxAdded) return 1;
    this.#unrolled += added;
    return unrolledTimes;
  }

  #writeLocals(metered: boolean): void {
    const { locals, groups, groupsStart, codeStart, scan } = this.#scanner;
    const out = this.#out;
    out.u32(groups + (metered ? 1 : 0) + (scan.usesBulk ? 1 : 0));
    out.copy(this.#bytes, groupsStart, codeStart);
    this.#code.begin(locals);
    if (metered) out.bytes(0x01, numberTypes.i64);
    if (scan.usesBulk) out.bytes(scan.grows ? 0x02 : 0x01, numberTypes.i32);
  }

  /** Gives back what was paid for rounds that are not run. */
  #giveBack(): void {
    if (this.#unused > 0) this.#code.giveBack(this.#unused);
  }

  #branchIf(label: number, leaves: boolean): void {
    const out = this.#out;
    if (leaves || this.#unused > 0) {
      out.bytes(op.if, emptyBlock);
      this.#giveBack();
      if (leaves) this.#code.store();
      out.byte(op.br);
      out.u32(label + 1);
      out.byte(op.end);
    } else {
      out.byte(op.brIf);
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
    out.byte(op.block);
    out.copy(this.#bytes, from, to);
    out.byte(op.loop);
    out.copy(this.#bytes, from, to);
    out.bytes(op.block, emptyBlock);
  }

  /** `units` were charged by the round that is begun again. */
  #unwrap(units: number): void {
    const out = this.#out;
    out.bytes(op.br, 0x02, op.end); // $done
    this.#code.refill();
    this.#code.giveBack(units);
    out.bytes(op.br, 0x00, op.end, op.end); // $again
  }

  #leaveWhenEmpty(): void {
    const out = this.#out;
    this.#code.isSpent();
    // No hint: with it, V8 makes some such loops half as fast.
    out.bytes(op.brIf, 0x01); // $empty
  }
}
