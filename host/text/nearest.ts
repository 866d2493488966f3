/** Characters of a name that are compared: nobody can buy quadratic time. */
const maxCompared = 100;
/** Names that are looked at: a plugin may export a hundred thousand, and anybody may ask for one more. */
const maxLookedAt = 2_000;
/** Pairs of letters that are compared: a thousand names of twenty, or fifty of a hundred. */
const maxPairs = 500_000;
/** Letters that make a word worth finding in another name. */
const minTelling = 3;

/**
 * Names nearest to one that was not found, for "did you mean": at most three. First those that differ in nothing but
 * capitals and what joins their words; then by how few letters differ; then those that have all its words, or of which it
 * has all. A name that has less than half of its letters in common is not among them.
 */
export function nearest(name: string, candidates: Iterable<string>): string[] {
  const wanted = folded(name.slice(0, maxCompared));
  const words = wordsOf(name.slice(0, maxCompared));
  if (wanted === "") return [];
  const scored: { readonly candidate: string; readonly distance: number }[] = [];
  const seen = new Set<string>();
  let pairs = 0;
  for (const candidate of candidates) {
    if (seen.size >= maxLookedAt) break;
    if (seen.has(candidate)) continue;
    seen.add(candidate);
    const other = folded(candidate);
    if (other === wanted) {
      scored.push({ candidate, distance: 0 });
      continue;
    }
    const bound = maxApart(Math.max(wanted.length, other.length));
    if (Math.abs(other.length - wanted.length) <= bound && pairs < maxPairs) {
      pairs += wanted.length * Math.min(other.length, maxCompared);
      const distance = editDistance(wanted, other);
      if (distance <= bound && haveMuchInCommon(wanted, other)) {
        scored.push({ candidate, distance });
        continue;
      }
    }
    const others = wordsOf(candidate);
    if (within(words, others) || within(others, words)) {
      scored.push({ candidate, distance: maxCompared + Math.abs(other.length - wanted.length) });
    }
  }
  return scored
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** The question that goes with what `nearest` has found; undefined where that is nothing. */
export function didYouMean(near: readonly string[]): string | undefined {
  return near.length > 0 ? `Did you mean ${near.join(" or ")}?` : undefined;
}

/** Letters in which two names may differ: a third, and one or two in short ones. */
function maxApart(length: number): number {
  if (length < 2) return 0;
  return length < 4 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** True where half of the letters of the longer one are in both, wherever they stand. */
function haveMuchInCommon(a: string, b: string): boolean {
  const left = [...b.slice(0, maxCompared)];
  const common = [...a].filter((letter) => {
    const at = left.indexOf(letter);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return 2 * common.length >= Math.max(a.length, Math.min(b.length, maxCompared));
}

/** `getUser`, `get-user`, `GET_USER` and `Get User` are one name, written by different rules. */
function folded(name: string): string {
  return name.replaceAll(/[-_\s]/g, "").toLowerCase();
}

function wordsOf(name: string): readonly string[] {
  const parts = name
    .slice(0, maxCompared)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return parts.filter((part) => part !== "");
}

function within(words: readonly string[], others: readonly string[]): boolean {
  return (
    words.some((word) => word.length >= minTelling) &&
    words.every((word) => others.some((other) => other === word || alike(other, word)))
  );
}

/** `log` and `logs`, `clock` and `clocks`. */
function alike(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= minTelling && (a === `${b}s` || b === `${a}s`);
}

/** Letters that are to be put in, left out, or replaced, and neighbours that are to change places. */
function editDistance(a: string, b: string): number {
  const right = b.slice(0, maxCompared);
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const cost = a[i - 1] === right[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === right[j - 2] && a[i - 2] === right[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[right.length]!;
}
