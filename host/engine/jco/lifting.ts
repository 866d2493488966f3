import { lifting as prices } from "../../fuel-prices.ts";
import type { Meter } from "../fuel/meter.ts";

/** Call that is under way in the glue of one component; calls nest when a host function calls another cell. */
export interface Lifting {
  meter: Meter | undefined;
}

const arrays = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/**
 * Classes that the glue takes for `DataView`, `Uint8Array` and their like. It reads guest memory by nothing else, so whatever
 * is read through them is paid for as it is read: a few bytes of lists that all point at each other otherwise cost
 * minutes. Writing arguments is paid for where it goes through an array; those are limited by themselves.
 */
export function meteredViews(lifting: Lifting): ReadonlyMap<string, unknown> {
  const pay = (bytes: number) => lifting.meter?.lift(bytes, prices.view + bytes * prices.perByte);

  class MeteredView extends DataView<ArrayBufferLike> {
    override getInt8(at: number): number {
      pay(1);
      return super.getInt8(at);
    }
    override getUint8(at: number): number {
      pay(1);
      return super.getUint8(at);
    }
    override getInt16(at: number, littleEndian?: boolean): number {
      pay(2);
      return super.getInt16(at, littleEndian);
    }
    override getUint16(at: number, littleEndian?: boolean): number {
      pay(2);
      return super.getUint16(at, littleEndian);
    }
    override getInt32(at: number, littleEndian?: boolean): number {
      pay(4);
      return super.getInt32(at, littleEndian);
    }
    override getUint32(at: number, littleEndian?: boolean): number {
      pay(4);
      return super.getUint32(at, littleEndian);
    }
    override getFloat32(at: number, littleEndian?: boolean): number {
      pay(4);
      return super.getFloat32(at, littleEndian);
    }
    override getFloat64(at: number, littleEndian?: boolean): number {
      pay(8);
      return super.getFloat64(at, littleEndian);
    }
    override getBigInt64(at: number, littleEndian?: boolean): bigint {
      pay(8);
      return super.getBigInt64(at, littleEndian);
    }
    override getBigUint64(at: number, littleEndian?: boolean): bigint {
      pay(8);
      return super.getBigUint64(at, littleEndian);
    }
  }

  const metered = arrays.map((type): [string, unknown] => {
    const construct = (target: typeof type, args: unknown[]): object => {
      const made: { readonly byteLength: number } = Reflect.construct(target, args);
      // What is made of numbers was no memory of a guest's. (A name that is still in use there says so: not the array's.)
      if (ArrayBuffer.isView(made) && args[0] instanceof ArrayBuffer) pay(made.byteLength);
      return made;
    };
    return [type.name, new Proxy(type, { construct })];
  });
  return new Map([["DataView", MeteredView], ...metered]);
}
