import { ByteReader } from "./byte-reader.ts";
import { malformed } from "./module-failures.ts";

/** Reader of a core module, or of a stretch of one; what it throws says so. */
export function coreReader(bytes: Uint8Array, start?: number, end?: number): ByteReader {
  return new ByteReader(bytes, malformed, undefined, start, end);
}
