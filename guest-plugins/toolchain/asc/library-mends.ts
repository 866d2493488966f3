/**
 * Mistakes of AssemblyScript's library that give plugins wrong values in silence, mended in its sources as asc reads them.
 * Sources that are not as expected, of another asc, stay as they are.
 */

// `copyWithin` moves a negative number of elements where there are none to move: all of memory.
const copied = [
  "let count = min(last - from, len - to);",
  "let count = max(min(last - from, len - to), 0);",
] as const;

/** Mends by the path of a source: what is written there, and what it should be. */
const mends: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "~lib/array.ts": [copied],
  "~lib/staticarray.ts": [copied],
  "~lib/typedarray.ts": [copied],
  // `fill` from before the beginning, which is the beginning, writes before the array: an unsigned length makes it so.
  "~lib/util/bytes.ts": [
    ["len: usize,\n  value: T,\n  start: isize,", "len: isize,\n  value: T,\n  start: isize,"],
  ],
  // `replaceAll` doubles its room once where more is needed, and writes past its end: '"&'.replaceAll("&", "&amp;").
  "~lib/string.ts": [
    [
      "if (offset + chunk + replaceLen > outSize) {\n        outSize <<= 1;",
      "if (offset + chunk + replaceLen > outSize) {\n        outSize = max(outSize << 1, offset + chunk + replaceLen);",
    ],
    [
      "if (offset + rest > outSize) {\n        outSize <<= 1;",
      "if (offset + rest > outSize) {\n        outSize = max(outSize << 1, offset + rest);",
    ],
    // `trim` stops at half of a text that begins with many spaces: it compares where it is with what is left.
    [
      "while (offset < size && isSpace(load<u16>(changetype<usize>(this) + offset))) {\n      offset += 2; size -= 2;",
      "while (size && isSpace(load<u16>(changetype<usize>(this) + offset))) {\n      offset += 2; size -= 2;",
    ],
  ],
};

export function mendLibrary(path: string, text: string): string {
  return (mends[path] ?? []).reduce((all, [wrong, right]) => all.replaceAll(wrong, right), text);
}
