/** Docs in WIT text (WIT.md, Comments). */
import type { Structure } from "../model.ts";

/** A text with its docs before it, as comments; `length` is told of what they add. */
export function documented(
  docs: string | undefined,
  length: { add(characters: number): void },
  text: string,
): string {
  if (docs === undefined) return text;
  const lines = docs.split("\n").map((line) => `/// ${line}`.trimEnd());
  length.add(docs.length + 4 * lines.length);
  return [...lines, text].join("\n");
}

/** Names of the parts of a type that have docs of their own. */
export function partNames(type: Structure): readonly string[] {
  switch (type.kind) {
    case "record":
      return type.fields.map(({ name }) => name);
    case "variant":
      return type.cases.map(({ name }) => name);
    case "enum":
    case "flags":
      return type.names;
    default:
      return [];
  }
}
