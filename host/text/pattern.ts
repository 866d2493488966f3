/** Pattern of texts: `*` stands for any text, `\*` for an asterisk and `\\` for a backslash. */

/** UTF-16 units that a pattern may have: looking for its parts takes as many steps for each unit of the text, at worst. */
const maxPattern = 300;

/** Form of a pattern, for whoever gave something else. */
export const patternForm = `a pattern of at most ${maxPattern} characters, in which * stands for any text, \\* for an asterisk and \\\\ for a backslash`;

export function isPattern(text: string): boolean {
  return text.length <= maxPattern && /^(?:[^\\]|\\[\\*])*$/s.test(text);
}

/** Tells whether the whole text is as the pattern says. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = partsOf(pattern);
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Texts between the asterisks. */
function partsOf(pattern: string): string[] {
  const parts = [""];
  for (const [unit] of pattern.matchAll(/\\[\\*]|[\s\S]/g)) {
    if (unit === "*") parts.push("");
    else parts.push(parts.pop() + unit.slice(-1));
  }
  return parts;
}
