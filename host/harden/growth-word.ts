/**
 * Growth of a memory or table, told by a guest's own code in two numbers: how much it asked for, and a word that is
 * never zero: how large it is afterwards, and these bits.
 */
const growthBit = 1 << 28;
const tableBit = 1 << 29;
const refusedBit = 1 << 30;

export interface Growth {
  readonly of: "memory" | "table";
  /** Pages or elements. */
  readonly asked: number;
  /** Size that it has now. */
  readonly size: number;
  readonly refused: boolean;
}

/** Bits to add to the size. Sizes are smaller than any of the bits. */
export function growthBits(of: Growth["of"], refused: boolean): number {
  return growthBit | (of === "table" ? tableBit : 0) | (refused ? refusedBit : 0);
}

export function readGrowth(asked: number, word: number): Growth {
  return {
    of: word & tableBit ? "table" : "memory",
    asked: asked >>> 0,
    size: word & (growthBit - 1),
    refused: (word & refusedBit) !== 0,
  };
}
