/** What was asked for last, up to a number of entries. `null` is an answer too: that there is nothing. */
export class Cache {
  private entries: Map<string, string | null> = new Map();

  constructor(readonly capacity: i32) {}

  get size(): i32 {
    return this.entries.size;
  }

  has(key: string): bool {
    return this.entries.has(key);
  }

  /** The value of an entry that is there. It becomes the newest. */
  get(key: string): string | null {
    const value = this.entries.get(key);
    this.set(key, value);
    return value;
  }

  set(key: string, value: string | null): void {
    // A map keeps its keys in the order of insertion, so the oldest is the first.
    this.entries.delete(key);
    if (this.entries.size == this.capacity) this.entries.delete(this.entries.keys()[0]);
    this.entries.set(key, value);
  }

  clear(): void {
    this.entries.clear();
  }
}
