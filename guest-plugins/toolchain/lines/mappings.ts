/** A place in a core module, and where in the sources what lies there comes from (ECMA-426, mappings). */
export interface Mapping {
  /** Bytes from the beginning of the core module. */
  readonly offset: number;
  /** Undefined where the compiler does not know. Lines and columns count from 1 and 0. */
  readonly source: { readonly file: string; readonly line: number; readonly column: number } | undefined;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The mappings of a map that Binaryen wrote, by offset: a module is one line. */
export function decodeMappings(sourceMap: string): Mapping[] {
  const { mappings, sources } = JSON.parse(sourceMap) as { mappings: string; sources: string[] };
  let [offset, file, line, column] = [0, 0, 1, 0];
  return mappings
    .split(",")
    .filter((segment) => segment !== "")
    .map((segment) => {
      const [offsetBy, fileBy, lineBy, columnBy] = decodeSegment(segment);
      offset += offsetBy!;
      if (fileBy === undefined) return { offset, source: undefined };
      file += fileBy;
      line += lineBy!;
      column += columnBy!;
      return { offset, source: { file: sources[file]!, line, column } };
    });
}

/** Base 64 digits of 5 bits each, the sixth says that more follow; the lowest bit of a number is its sign. */
function decodeSegment(segment: string): number[] {
  const values: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of segment) {
    const digit = digits.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    values.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = shift = 0;
  }
  return values;
}
