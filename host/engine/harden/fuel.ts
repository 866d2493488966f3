/** The fuel of a cell: one for all its modules, so that they share one budget. */
import { fuelImport, fuelModule } from "./reserved.ts";

/**
 * (module (global (export "fuel") (mut i64) (i64.const 0))
 *   (func (export "set") (param f64) local.get 0 i64.trunc_sat_f64_s global.set 0)
 *   (func (export "get") (result f64) global.get 0 f64.convert_i64_s)
 *   (func (export "charge") (param f64)
 *     global.get 0 local.get 0 i64.trunc_sat_f64_s i64.sub global.set 0
 *     global.get 0 i64.const 0 i64.lt_s if unreachable end))
 * In WebAssembly since JavaScript takes 60 ns to read or write such a global itself, a quarter of a call.
 */
const tank = new WebAssembly.Module(
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x09, 0x02, 0x60, 0x01, 0x7c, 0x00, 0x60, 0x00, 0x01, 0x7c],
    ...[0x03, 0x04, 0x03, 0x00, 0x01, 0x00],
    ...[0x06, 0x06, 0x01, 0x7e, 0x01, 0x42, 0x00, 0x0b],
    ...[0x07, 0x1d, 0x04, 0x04, 0x66, 0x75, 0x65, 0x6c, 0x03, 0x00, 0x03, 0x73, 0x65, 0x74, 0x00, 0x00],
    ...[0x03, 0x67, 0x65, 0x74, 0x00, 0x01, 0x06, 0x63, 0x68, 0x61, 0x72, 0x67, 0x65, 0x00, 0x02],
    ...[0x0a, 0x25, 0x03, 0x08, 0x00, 0x20, 0x00, 0xfc, 0x06, 0x24, 0x00, 0x0b, 0x05, 0x00, 0x23, 0x00],
    ...[0xb9, 0x0b, 0x14, 0x00, 0x23, 0x00, 0x20, 0x00, 0xfc, 0x06, 0x7d, 0x24, 0x00, 0x23, 0x00, 0x42],
    ...[0x00, 0x53, 0x04, 0x40, 0x00, 0x0b, 0x0b],
  ),
);

export class Fuel {
  /** Units left; below zero when the guest was stopped for want of them. */
  readonly get: () => number;
  /** Whole units up to 2^53. */
  readonly set: (units: number) => void;
  /** Takes units for what the host does for the guest. Traps, uncatchably for guests, when too few are left. */
  readonly charge: (units: number) => void;
  readonly #global: unknown;

  constructor() {
    const { fuel, set, get, charge } = new WebAssembly.Instance(tank).exports;
    this.#global = fuel;
    this.set = set as (units: number) => void;
    this.get = get as () => number;
    this.charge = charge as (units: number) => void;
  }

  /** To be added to what every hardened module of the cell imports. */
  get imports(): WebAssembly.Imports {
    return { [fuelModule]: { [fuelImport]: this.#global } };
  }

  /** Whether a trap was ours. */
  get spent(): boolean {
    return this.get() < 0;
  }
}
