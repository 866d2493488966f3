import { ByteReader } from "../wasm/byte-reader.ts";
import { malformed } from "./component-failures.ts";
import type { Meter } from "./structure-limits.ts";

/** Reader of a component, core modules in it included, with what it is counted against. */
export type Reader = ByteReader<Meter>;

export function componentReader(bytes: Uint8Array, meter: Meter): Reader {
  return new ByteReader(bytes, malformed, meter);
}
