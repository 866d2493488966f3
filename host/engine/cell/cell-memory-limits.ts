/** Limits of the memory of all cells together. */
export interface CellMemoryLimits {
  /** Bytes of all memories of all cells. Default: half of what the machine has, at most 1 GiB. */
  readonly cellMemory?: number;
  /**
   * Cells at a time; one with several memories counts once for each. Default 10,000: V8 gives every memory some
   * gigabytes of addresses and was measured to hold about 16,000.
   */
  readonly cells?: number;
}
