/** The fuel of a cell: one for all its modules, so that they share one budget. */
import { unitsPerMillisecond } from "../../fuel-prices.ts";
import { type Growth, readGrowth } from "../../harden/growth-word.ts";
import { fuelImport, fuelModule, refillImport } from "../../harden/reserved.ts";

/**
 * (module
 *   (type $refill (func (param i32 i32) (result i64)))
 *   (import "" "refill" (func $host (param f64) (result f64)))
 *   (import "" "grown" (func $grown (param i32 i32)))
 *   (global $fuel (export "fuel") (mut i64) (i64.const 0))
 *   (global (export "refill") (ref $refill) (ref.func $refill))
 *   (func $refill (type $refill)
 *     local.get 1
 *     if local.get 0 local.get 1 call $grown
 *     else
 *       global.get $fuel f64.convert_i64_s call $host i64.trunc_sat_f64_s global.set $fuel
 *       global.get $fuel i64.const 0 i64.lt_s if unreachable end
 *     end
 *     global.get $fuel)
 *   (func (export "set") (param f64) local.get 0 i64.trunc_sat_f64_s global.set $fuel)
 *   (func (export "get") (result f64) global.get $fuel f64.convert_i64_s)
 *   (func (export "charge") (param f64)
 *     global.get $fuel local.get 0 i64.trunc_sat_f64_s i64.sub global.set $fuel
 *     global.get $fuel i64.const 0 i64.lt_s if i32.const 0 i32.const 0 call $refill drop end))
 * In WebAssembly since JavaScript takes 60 ns to read or write such a global itself, a quarter of a call.
 */
const tank = new WebAssembly.Module(
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x19, 0x05, 0x60, 0x02, 0x7f, 0x7f, 0x01],
    ...[0x7e, 0x60, 0x01, 0x7c, 0x01, 0x7c, 0x60, 0x02, 0x7f, 0x7f, 0x00, 0x60, 0x01, 0x7c, 0x00, 0x60],
    ...[0x00, 0x01, 0x7c, 0x02, 0x14, 0x02, 0x00, 0x06, 0x72, 0x65, 0x66, 0x69, 0x6c, 0x6c, 0x00, 0x01],
    ...[0x00, 0x05, 0x67, 0x72, 0x6f, 0x77, 0x6e, 0x00, 0x02, 0x03, 0x05, 0x04, 0x00, 0x03, 0x04, 0x03],
    ...[0x06, 0x0c, 0x02, 0x7e, 0x01, 0x42, 0x00, 0x0b, 0x64, 0x00, 0x00, 0xd2, 0x02, 0x0b, 0x07, 0x26],
    ...[0x05, 0x04, 0x66, 0x75, 0x65, 0x6c, 0x03, 0x00, 0x06, 0x72, 0x65, 0x66, 0x69, 0x6c, 0x6c, 0x03],
    ...[0x01, 0x03, 0x73, 0x65, 0x74, 0x00, 0x03, 0x03, 0x67, 0x65, 0x74, 0x00, 0x04, 0x06, 0x63, 0x68],
    ...[0x61, 0x72, 0x67, 0x65, 0x00, 0x05, 0x0a, 0x4e, 0x04, 0x22, 0x00, 0x20, 0x01, 0x04, 0x40, 0x20],
    ...[0x00, 0x20, 0x01, 0x10, 0x01, 0x05, 0x23, 0x00, 0xb9, 0x10, 0x00, 0xfc, 0x06, 0x24, 0x00, 0x23],
    ...[0x00, 0x42, 0x00, 0x53, 0x04, 0x40, 0x00, 0x0b, 0x0b, 0x23, 0x00, 0x0b, 0x08, 0x00, 0x20, 0x00],
    ...[0xfc, 0x06, 0x24, 0x00, 0x0b, 0x05, 0x00, 0x23, 0x00, 0xb9, 0x0b, 0x1a, 0x00, 0x23, 0x00, 0x20],
    ...[0x00, 0xfc, 0x06, 0x7d, 0x24, 0x00, 0x23, 0x00, 0x42, 0x00, 0x53, 0x04, 0x40, 0x41, 0x00, 0x41],
    ...[0x00, 0x10, 0x02, 0x1a, 0x0b, 0x0b],
  ),
);

/**
 * Units put into the tank at a time: so few at first that what takes a microsecond sees no clock, and more while they last
 * no longer than they should.
 */
const [firstSlice, minSlice, maxSlice] = [2 ** 13, 2 ** 15, 2 ** 20];
/**
 * The most for guests with so many bytes of code that compiling it, function by function when they are first called, could
 * hold the thread for long while one slice lasts.
 */
const carefulSlice = 2 ** 16;
const largeCode = 512 * 1024;
const growth = 4;
/** A budget of so many units is not exceeded noticeably by a slice of `minSlice`. */
const ample = 64 * minSlice;

let look = () => {};

/**
 * `onSlice` is called whenever a guest has spent a slice, a millisecond's work or less: the one chance that a process
 * has to notice something while a guest of it runs.
 */
export function whileGuestsRun(onSlice: () => void): void {
  look = onSlice;
}

/**
 * The price of an instruction is what it takes when its operands are at hand. A load that misses every cache takes
 * thirty times as long, a function that is called for the first time has to be compiled, and memory that is touched for
 * the first time has to be found: nobody knows beforehand. So time is looked at too: the tank is filled in slices, and
 * when one is empty, the time that it lasted is paid for if that is more than the slice was.
 */
export class Fuel {
  readonly #get: () => number;
  readonly #set: (units: number) => void;
  readonly #charge: (units: number) => void;
  /** Units left beside the tank. */
  #reserve = 0;
  /** Units put into the tank last. */
  #slice = 0;
  #most = maxSlice;
  /** Units of time that may be taken for each unit that was spent. */
  #slowest = Number.POSITIVE_INFINITY;
  readonly #clock = new Clock();
  /** Imports to be added to what every hardened module imports. */
  readonly imports: WebAssembly.Imports;

  readonly #goesOn: () => boolean;

  /**
   * `onGrowth` hears of each growth of a memory or table that a guest asks for, right after it; `goesOn` is asked between
   * two slices whether there is to be another.
   */
  constructor(onGrowth: (growth: Growth) => void = () => {}, goesOn: () => boolean = () => true) {
    this.#goesOn = goesOn;
    const refill = (left: number) => this.#refill(left);
    const grown = (asked: number, word: number) => onGrowth(readGrowth(asked, word));
    const exports = new WebAssembly.Instance(tank, { "": { refill, grown } }).exports;
    this.#set = exports.set as (units: number) => void;
    this.#get = exports.get as () => number;
    this.#charge = exports.charge as (units: number) => void;
    this.imports = { [fuelModule]: { [fuelImport]: exports.fuel, [refillImport]: exports.refill } };
  }

  /** Units left; below zero when the guest was stopped for want of them. */
  get(): number {
    return this.#reserve + this.#get();
  }

  /**
   * Says of what is begun or resumed next how many bytes of code there are to run, and whether that calls functions of the
   * embedder's. Then where time exceeds by far what the slowest instruction takes, no more is charged for.
   */
  expect(codeBytes: number, embedded: boolean): void {
    this.#most = codeBytes > largeCode ? carefulSlice : maxSlice;
    this.#slowest = embedded ? slowest : Number.POSITIVE_INFINITY;
  }

  /** Whole units up to 2^53. Time counts from when the first few have been spent. */
  set(units: number): void {
    this.#begin(units, firstSlice);
  }

  /**
   * Does as `set`, but lets up to `minSlice` units more be spent where that is little: then what is left in the tank may
   * stay there and need not be known, and reading or writing it takes longer than calling a small function. With less in
   * it, a few small calls would empty it.
   */
  allow(units: number): void {
    if (this.#slice !== minSlice || units < ample) {
      this.#begin(units, minSlice);
      return;
    }
    this.#reserve = units;
    this.#clock.stop();
  }

  /** Does as `set`, for a call that goes on: time counts at once. */
  resume(units: number): void {
    this.set(units);
    this.#clock.goOn();
  }

  /** Takes units for what the host does for the guest. Traps, uncatchably for guests, when too few are left. */
  charge(units: number): void {
    this.#charge(units);
  }

  /** True where a trap was ours. */
  get spent(): boolean {
    return this.get() < 0;
  }

  #begin(units: number, most: number): void {
    const slice = Math.min(units, most);
    this.#reserve = units - slice;
    this.#slice = slice;
    this.#clock.stop();
    this.#set(slice);
  }

  /** The tank is empty, and a little more has been spent. Gives what to put in. */
  #refill(left: number): number {
    look();
    if (!this.#goesOn()) return -1;
    const spent = this.#slice - left;
    const late = Math.min(this.#clock.late(spent), spent * this.#slowest);
    const rest = this.#reserve + left - Math.ceil(late);
    this.#slice = Math.min(rest, late > 0 ? minSlice : Math.min(this.#slice * growth, this.#most));
    this.#reserve = rest - this.#slice;
    return this.#slice;
  }
}

/** Units of time for each unit spent: 8 ns. */
const slowest = 80;
/** Milliseconds after which the thread's own time is read again, for what comes. */
const stale = 0.25;
/** Milliseconds by which the thread's own time may be told late: what it took before then shows when it goes on. */
const tick = 4;
/**
 * Milliseconds of a call that its units alone are paid for, tick included: so long what it is charged does not depend on how
 * fast the machine finds memory just then. What many calls take so is owed by their plugin (`ThreadTime`).
 */
const begun = 20;
/**
 * Milliseconds of pauses that are forgiven: V8 collects garbage when it likes, and who runs just then did not make all of
 * it. Up to so many, which come back as a fiftieth of the thread's time.
 */
const [pauses, pausesPerMillisecond] = [15, 0.02];
/** Milliseconds that are no pause yet. */
const minPause = 1;

/**
 * The time that units lasted. It is read only when some have been spent, so that a short call does without. The
 * thread's own time is what counts, but it ticks slowly and takes long to read; the time on the wall is never less. There is
 * one for all calls of a thread, as long as that lives: no call pays for what a clock told in another, since it may have gone
 * back.
 */
class Clock {
  /** Moment when units began to be paid for by time; below zero: not yet. */
  #wall = -1;
  /** Units paid since. */
  #paid = 0;
  /** Moment when the thread's time was read last before that, and what it was. */
  #read = Number.NEGATIVE_INFINITY;
  #cpu = 0;
  /** Moment when a slice ended last. */
  #last = 0;
  /** Milliseconds since then that are free. */
  #free = tick;
  #forgivable = pauses;
  #forgave = 0;

  stop(): void {
    this.#wall = -1;
    this.#free = begun;
  }

  /** Begins at once, for a call that has begun before. */
  goOn(): void {
    this.#free = tick;
    this.late(0);
  }

  /** Units to pay for time beside those that were spent since the last reading. */
  late(spent: number): number {
    const wall = performance.now();
    const lasted = wall - this.#last;
    this.#last = wall;
    if (this.#wall < 0) {
      this.#wall = wall;
      this.#paid = 0;
      if (Math.abs(wall - this.#read) > stale) {
        this.#read = wall;
        this.#cpu = threadTime();
      }
      return 0;
    }
    this.#paid += spent;
    if ((wall - this.#wall) * unitsPerMillisecond <= this.#paid) return 0;
    // No thread has more time than there was, and reading it takes longer than a small handler.
    if (wall - this.#read + tick <= this.#free) return 0;
    const cpu = threadTime();
    const due = Math.min(wall - this.#wall, cpu - this.#cpu - this.#free) * unitsPerMillisecond;
    if (due <= this.#paid) return 0;
    const owed = due - this.#paid;
    this.#paid = due;
    return lasted < minPause ? owed : owed - this.#forgive(owed / unitsPerMillisecond, cpu);
  }

  /** Milliseconds, at a time of the thread → units. */
  #forgive(milliseconds: number, now: number): number {
    const since = Math.max(0, now - this.#forgave);
    this.#forgivable = Math.min(pauses, this.#forgivable + since * pausesPerMillisecond);
    this.#forgave = now;
    const forgiven = Math.min(this.#forgivable, milliseconds);
    this.#forgivable -= forgiven;
    return forgiven * unitsPerMillisecond;
  }
}

/** Milliseconds. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}
