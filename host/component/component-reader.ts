import { ByteReader } from "../wasm/byte-reader.ts";
import { malformedComponent } from "./component-failures.ts";
import type { StructureMeter } from "./structure-limits.ts";

/** Reader of a component, core modules in it included, with what it is counted against. */
export type Reader = ByteReader<StructureMeter>;

export function componentReader(bytes: Uint8Array, meter: StructureMeter): Reader {
  return new ByteReader(bytes, malformedComponent, meter);
}
