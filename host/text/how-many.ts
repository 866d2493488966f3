/** Number of things in words: `1 byte`, `1,200 bytes`. The noun is one that takes an s. */
export function howMany(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
