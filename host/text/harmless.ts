/**
 * Texts of plugins and clients, made harmless for the place where they are shown. Nothing that leaves here moves a
 * cursor, begins another line or header, turns other text around or hides it. What is escaped can still be told apart.
 */
import { inspect } from "node:util";

/**
 * Characters that act on other text where they are shown, or that nobody sees: control characters, line and paragraph
 * separators, directions, halves of characters, and those that are ignored in display, such as tags and the byte order
 * mark. Joiners and variation selectors stay, because words and emoji are written with them.
 */
const acting = /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}\p{DI}\ufff9-\ufffb]--[\u200c\u200d\ufe00-\ufe0f]]/gv;

/** A text for one line of a terminal or a log: `\u{1b}` stands for an escape character, and so for a line break. */
export function harmlessLine(text: string): string {
  return text.replace(acting, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A text for several lines of a terminal: its own line breaks stay. */
export function harmlessLines(text: string): string {
  return text.split("\n").map(harmlessLine).join("\n");
}

/** Anything thrown, with its stack and causes, for the log of whoever runs the host. */
export function harmlessFault(thrown: unknown): string {
  return harmlessLines(inspected(thrown));
}

/** Anything as `node:util` shows it, also what throws when it is looked at. */
export function inspected(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return "Something that can't be shown.";
  }
}

/** JSON that can be shown in a terminal and reads back the same, on one line without `indent`. A bigint becomes a string. */
export function harmlessJson(value: unknown, indent?: number): string {
  const json = jsonOf(value, indent);
  if (indent === undefined) return json.replace(acting, escapedUnits);
  return json
    .split("\n")
    .map((line) => line.replace(acting, escapedUnits))
    .join("\n");
}

/** A line of JSON that somebody else wrote, with the same values: what acts on a terminal stands in texts of it only, and is escaped there. */
export function harmlessJsonLine(json: string): string {
  return json.replace(acting, escapedUnits);
}

/** A header's value: what HTTP can't carry as it is (RFC 9110, section 5.5), and all beyond ASCII, is escaped. */
export function harmlessHeader(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A name out of a binary's own tables, cut to `length`: whatever is no printable ASCII becomes `?`. */
export function harmlessName(name: string, length: number): string {
  return name.replace(/[^\x20-\x7e]/g, "?").slice(0, length);
}

/** JSON knows UTF-16 units only. */
function escapedUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    const unit = character.charCodeAt(i).toString(16);
    return `\\u${unit.padStart(4, "0")}`;
  }).join("");
}

/** JSON of a value. Only what has a bigint is gone through by a function, which takes ten times as long. */
function jsonOf(value: unknown, indent: number | undefined): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch {
    return JSON.stringify(value, bigintAsText, indent);
  }
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
