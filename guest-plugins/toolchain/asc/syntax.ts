/** Nodes of asc's syntax trees, which offer no visitor of their own. */

import type { Range } from "assemblyscript";

export type SyntaxNode = Readonly<Record<string, unknown>> & { readonly range: Range };

/** All nodes below `value`, depth first, in the order of the text, each once: transforms put the same into two places. */
export function* syntaxNodes(value: unknown, seen = new Set<object>()): Iterable<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* syntaxNodes(item, seen);
  } else if (isNode(value) && !seen.has(value)) {
    seen.add(value);
    yield value;
    for (const [name, part] of Object.entries(value)) if (name !== "range") yield* syntaxNodes(part, seen);
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}

/** `Date.now` for such a property access, `trace` for a call of that name. */
export function writtenName(node: SyntaxNode): string | undefined {
  const { property, expression, args } = node as { readonly [name: string]: SyntaxNode | undefined };
  if (property && expression) return `${expression.text}.${property.text}`;
  return args && typeof expression?.text === "string" ? expression.text : undefined;
}
