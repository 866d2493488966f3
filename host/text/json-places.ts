/** A value in a JSON text, by where it is written. */
export interface JsonPlace {
  readonly start: number;
  readonly end: number;
  /** Members of an object, in the order they are written; a name may come twice. */
  readonly members?: readonly JsonMember[];
  /** Items of a list. */
  readonly items?: readonly JsonPlace[];
}

export interface JsonMember {
  readonly name: string;
  /** Places where the name begins and ends, in its quotes. */
  readonly start: number;
  readonly nameEnd: number;
  readonly value: JsonPlace;
}

/** Places of the parts of a JSON text, so that one can be changed and the rest stays as its author wrote it. The text is valid. */
export function jsonPlaces(text: string): JsonPlace {
  const token = /[[\]{},:]|"(?:[^"\\]|\\.)*"|[^\s[\]{},:"]+/g;
  const tokens = Array.from(text.matchAll(token), (match) => ({ text: match[0], start: match.index }));
  let next = 0;
  const take = () => tokens[next++]!;
  const value = (): JsonPlace => {
    const { text: first, start } = take();
    if (first !== "{" && first !== "[") return { start, end: start + first.length };
    const members: JsonMember[] = [];
    const items: JsonPlace[] = [];
    for (;;) {
      const { text: part } = tokens[next]!;
      if (part === "}" || part === "]") break;
      if (part === ",") next++;
      else if (first === "[") items.push(value());
      else members.push(member());
    }
    const end = take().start + 1;
    return first === "{" ? { start, end, members } : { start, end, items };
  };
  const member = (): JsonMember => {
    const { text: name, start } = take();
    // The colon.
    next++;
    return { name: JSON.parse(name) as string, start, nameEnd: start + name.length, value: value() };
  };
  return value();
}
