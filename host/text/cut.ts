import { answerBounds } from "../bounds/http-bounds.ts";

/** Stands in texts for what they must not tell. */
export const struck = "[secret]";

/** UTF-16 code units of what a plugin says, for a person to read. */
export const maxTold = answerBounds.quoted.value;

/**
 * The beginning of a text, at most so many UTF-16 code units: never half a character of two units, nor half of what
 * stands for a secret.
 */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  const open = text.lastIndexOf(struck, most - 1);
  if (open >= 0 && open + struck.length > most) return text.slice(0, open);
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}

/** Beginning of a text, with an ellipsis where something is missing. */
export function cutText(text: string, most: number): string {
  return text.length > most ? `${beginning(text, most)}…` : text;
}

/** Beginning of a text, and how many units are missing: `more` besides those that are left off here. */
export function cutCounting(text: string, most: number, more = 0): string {
  const shown = beginning(text, most);
  const left = text.length - shown.length + more;
  return left > 0 ? `${shown}… (${left} more characters)` : text;
}
