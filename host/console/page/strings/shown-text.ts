/** Texts that somebody else wrote, shown as what they are: nothing in them acts on what stands around it, or hides. */

/** Controls but tab and line feed, marks of direction, characters that nobody sees, half surrogate pairs; not what joins letters and emoji. */
const acting = /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}\p{DI}\ufff9-\ufffb]--[\t\n\u200c\u200d\ufe00-\ufe0f]]/v;
/** Marks over and under a letter beyond as many as any script puts there: they would reach over other lines. */
const piled = /\p{M}(?<=\p{M}{7})/v;
const shown = new RegExp(`${acting.source}|${piled.source}`, "gv");
const inJson = new RegExp(acting.source, "gv");

/** `\u{202e}` stands for what would turn text around. Line breaks and tabs stay. */
export function shownText(text: string): string {
  return text.replace(shown, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** JSON of a value, with what would act escaped as JSON has it: it reads back the same. */
export function shownJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, null, indent) ?? "").replace(inJson, escaped);
}

/**
 * JSON with a line for each member, two spaces a level: token by token, so that figures keep all digits and members their order.
 * Undefined: it is none.
 */
export function prettyJson(json: string): string | undefined {
  if (!isJson(json)) return undefined;
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g) ?? [];
  let depth = 0;
  let text = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [i, token] of tokens.entries()) {
    const isEmpty = "}]".includes(token) && "{[".includes(tokens[i - 1] ?? " ");
    if ("{[".includes(token)) {
      depth++;
      text += token + ("}]".includes(tokens[i + 1] ?? " ") ? "" : line());
    } else if ("}]".includes(token)) {
      depth--;
      text += (isEmpty ? "" : line()) + token;
    } else if (token === ",") text += token + line();
    else if (token === ":") text += ": ";
    else text += token.replace(inJson, escaped);
  }
  return text;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON knows UTF-16 units only. */
function escaped(char: string): string {
  return Array.from(
    { length: char.length },
    (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}
