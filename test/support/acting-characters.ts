/** Characters that must never reach a terminal, a log or a line-based reader as they are: told one by one and not by the expression that the host uses. */

const ranges: readonly (readonly [from: number, to: number])[] = [
  // C0, DEL and C1.
  [0x00, 0x1f],
  [0x7f, 0x9f],
  // What nobody sees: soft hyphen, joiners of graphemes, fillers of Hangul, vowels of Khmer and Mongolian.
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200b],
  [0x3164, 0x3164],
  [0xffa0, 0xffa0],
  // Marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs.
  [0x61c, 0x61c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  // Halves of characters, the byte order mark, annotations, tags.
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe007f],
  [0xe0100, 0xe01ef],
];

/** Every such character, each as a text of its own. */
export const actingCharacters: readonly string[] = ranges.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)),
);

/** Texts that people write, with what looks like such a character and is none. */
export const plainTexts = [
  "naïve Ångström, 漢字かな交じり文, العربية, עברית, हिन्दी, ไทย",
  "می‌خواهم क्‍ष",
  "👩‍💻 ❤️ 👍🏽 🇨🇭",
  'quotes " and \\ and </script> & $(x) `y`',
] as const;

export function actsOn(text: string): boolean {
  return actingCharacters.some((character) => text.includes(character) && !isPartOfPair(text, character));
}

/** A half of a character is found in every whole one. */
function isPartOfPair(text: string, character: string): boolean {
  const code = character.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff && character.length === 1 && text.isWellFormed();
}
