/**
 * Additions to asc's memory manager and garbage collectors that a plugin needs, put into their sources as asc reads
 * them. Sources that are not as expected, of another asc or of the author's own, stay as they are, and work.
 */

/** The functions that make a garbage-collected object of a block of the heap, by runtime (values of ASC_RUNTIME). */
export const adopters = ["rt/stub", "rt/tcms", "rt/itcms"] as const;

/**
 * `adopt(block, size, id)`: as `__new`, but of a block that `heap.alloc` gave, with OBJECT_OVERHEAD bytes for the object's
 * header before `size` bytes of content, which stay where they are.
 */
const adopt = (begin: string, header: string) => `
export function __adopt(block: usize, size: usize, id: u32): usize {
  ${begin}
  const object = changetype<OBJECT_LIKE>(block - BLOCK_OVERHEAD);
  object.rtId = id;
  object.rtSize = <u32>size;
  ${header}
  return block + OBJECT_OVERHEAD;
}
`;
const linked = "object.linkTo(fromSpace, white);\n  total += object.size;";

/** Code to put at the end of a source, by its path. */
const additions: Readonly<Record<string, string>> = {
  "~lib/rt/stub.ts": adopt("", "object.gcInfo = 0;\n  object.gcInfo2 = 0;").replace("OBJECT_LIKE", "OBJECT"),
  "~lib/rt/tcms.ts": adopt("", linked).replace("OBJECT_LIKE", "Object"),
  "~lib/rt/itcms.ts": adopt("if (total >= threshold) interrupt();", linked).replace("OBJECT_LIKE", "Object"),
};

/**
 * Asking for as much memory again as there is: the call that happens to need a page would pay for all of it, and beyond
 * half of the limit it is refused. Pages are 64 KiB, and asking costs little.
 */
const doubling = "let pagesWanted = max(pagesBefore, pagesNeeded);";
const byMegabytes = "let pagesWanted = max(min(pagesBefore, 16), pagesNeeded);";

export function improveRuntime(path: string, text: string): string {
  if (path !== "~lib/rt/tlsf.ts" && additions[path] === undefined) return text;
  return text.replace(doubling, byMegabytes) + (additions[path] ?? "");
}
