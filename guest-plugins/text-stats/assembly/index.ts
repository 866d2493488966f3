import { TextStats, WordCount } from "example:text-stats/stats@1.0.0";

export function analyse(text: string, top: u32): TextStats {
  const found = words(text);
  let longest = "";
  let longestLength = 0;
  for (let i = 0; i < found.length; i++) {
    const length = codePoints(found[i]);
    if (length > longestLength) {
      longest = found[i];
      longestLength = length;
    }
  }
  return new TextStats(lines(text), found.length, codePoints(text), longest, mostFrequent(found, top));
}

export function words(text: string): string[] {
  const found: string[] = [];
  let start = -1;
  let i = 0;
  while (i < text.length) {
    const codePoint = text.codePointAt(i);
    if (isWordCharacter(codePoint)) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      found.push(text.substring(start, i));
      start = -1;
    }
    i += codePoint > 0xffff ? 2 : 1;
  }
  if (start >= 0) found.push(text.substring(start));
  return found;
}

/** Letters, digits and apostrophes; of other scripts everything but the blocks of spaces, punctuation and symbols. */
function isWordCharacter(codePoint: i32): bool {
  if (codePoint < 0x80) {
    const lower = codePoint | 0x20;
    return (lower >= 0x61 && lower <= 0x7a) || (codePoint >= 0x30 && codePoint <= 0x39) || codePoint == 0x27;
  }
  if (codePoint < 0xc0) return codePoint == 0xaa || codePoint == 0xb5 || codePoint == 0xba;
  if (codePoint == 0xd7 || codePoint == 0xf7) return false;
  // General punctuation separates, but U+2019 is the typographic apostrophe.
  if (codePoint >= 0x2000 && codePoint <= 0x2bff) return codePoint == 0x2019;
  // CJK signs, wide forms of ASCII's, pictographs.
  if (codePoint >= 0x3000 && codePoint <= 0x303f) return false;
  if (codePoint >= 0xff00 && codePoint <= 0xff0f) return false;
  if (codePoint >= 0x1f000 && codePoint <= 0x1ffff) return false;
  return codePoint != 0xfeff && codePoint != 0x1680;
}

function lines(text: string): u32 {
  let count: u32 = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) == 0x0a) count++;
  const endsInside = text.length > 0 && text.charCodeAt(text.length - 1) != 0x0a;
  return count + u32(endsInside);
}

function codePoints(text: string): i32 {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const low = (text.charCodeAt(i) & 0xfc00) == 0xdc00;
    const high = (text.charCodeAt(i - 1) & 0xfc00) == 0xd800;
    if (low && high) count--;
  }
  return count;
}

function mostFrequent(found: string[], top: u32): WordCount[] {
  const index = new Map<string, i32>();
  const counts: WordCount[] = [];
  for (let i = 0; i < found.length; i++) {
    const word = found[i].toLowerCase();
    if (index.has(word)) {
      counts[index.get(word)].count++;
    } else {
      index.set(word, counts.length);
      counts.push(new WordCount(word, 1));
    }
  }
  // Array#sort is stable, so that ties keep the order of first appearance.
  counts.sort((a, b) => <i32>b.count - <i32>a.count);
  return <u32>counts.length > top ? counts.slice(0, top) : counts;
}
