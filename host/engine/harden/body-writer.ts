import { type BodyScanner, bulkKinds } from "./body-scanner.ts";
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
  loopEndEvent,
  loopEvent,
} from "./scan.ts";

/** Indices of the globals that hardening adds. */
export interface AddedGlobals {
  readonly fuel: number;
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
  readonly #globals: AddedGlobals;
  readonly #limits: HardenLimits;
  #fuel = 0;
  #operand = 0;

  constructor(out: ByteWriter, bytes: Uint8Array, globals: AddedGlobals, limits: HardenLimits) {
    this.#out = out;
    this.#bytes = bytes;
    this.#globals = globals;
    this.#limits = limits;
  }

  write(scanner: BodyScanner, { cost, region }: Charges, charged: number, end: number): void {
    const out = this.#out;
    const { scan } = scanner;
    const { events, eventCount, loopFrame } = scan;
    this.#writeLocals(scanner, charged > 0 || scan.usesBulk);
    let from = scanner.codeStart;
    for (let at = 0, last = eventCount * 6; at < last; at += 6) {
      const kind = events[at + 2]!;
      const a = events[at + 3]!;
      if (kind === chargeEvent && cost[a] === 0) continue;
      const loop = events[at + 5]!;
      const home = loop < 0 ? -1 : region[loop]!;
      const inRegion = home >= 0;
      if (kind >= loopEvent && kind <= exitIfEvent) {
        if (!inRegion) continue;
        if (kind <= loopEndEvent ? home !== a : a >= loopFrame[home]!) continue;
      }
      const start = events[at]!;
      out.copy(this.#bytes, from, start);
      from = start;
      switch (kind) {
        case chargeEvent:
          this.#charge(cost[a]!, inRegion);
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
          out.bytes(0x04, 0x40); // if
          this.#store();
          out.byte(0x0c); // br
          out.u32(events[at + 4]! + 1);
          out.byte(0x0b);
          from = events[at + 1]!;
          break;
        case dirtyEvent:
          out.bytes(0x41, 0x01, 0x24); // i32.const 1, global.set
          out.u32(this.#globals.dirty);
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
    if (metered) out.bytes(0x01, 0x7e);
    if (scan.usesBulk) out.bytes(0x01, 0x7f);
  }

  /** The global into the local. */
  #load(): void {
    this.#readGlobal();
    this.#out.byte(0x21);
    this.#out.u32(this.#fuel);
  }

  #readGlobal(): void {
    this.#out.byte(0x23);
    this.#out.u32(this.#globals.fuel);
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
    this.#out.u32(this.#globals.fuel);
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

  /** Takes the top of the stack from the fuel below it; traps when none is left. */
  #subtract(inRegion: boolean): void {
    const out = this.#out;
    out.bytes(0x7d, 0x22); // i64.sub, local.tee
    out.u32(this.#fuel);
    if (!inRegion) {
      out.byte(0x24);
      out.u32(this.#globals.fuel);
      this.#readLocal();
    }
    out.bytes(0x42, 0x00, 0x53, 0x04, 0x40); // i64.const 0, i64.lt_s, if
    if (inRegion) this.#store();
    out.bytes(0x00, 0x0b); // unreachable, end
  }
}
