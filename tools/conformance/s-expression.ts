/** S-expressions of WebAssembly text, as far as scripts need them: nested lists with places in the source. */

export type Node =
  | { readonly kind: "list"; readonly items: readonly Node[]; readonly start: number; readonly end: number }
  | { readonly kind: "atom"; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: "string"; readonly bytes: Uint8Array; readonly start: number; readonly end: number };

export type List = Node & { kind: "list" };

/** Everything at the top level of `source`. Throws a SyntaxError. */
export function parseNodes(source: string): Node[] {
  const stack: { items: Node[]; start: number }[] = [{ items: [], start: 0 }];
  let at = 0;
  while (at < source.length) {
    const top = stack.at(-1)!;
    const start = at;
    const char = source[at]!;
    if (/\s/.test(char)) at++;
    else if (source.startsWith(";;", at)) at = endOfLine(source, at);
    else if (source.startsWith("(;", at)) at = endOfComment(source, at);
    else if (char === "(") {
      stack.push({ items: [], start });
      at++;
    } else if (char === ")") {
      at++;
      const { items, start: opened } = stack.pop()!;
      const outer = stack.at(-1);
      if (!outer) throw new SyntaxError(`unexpected ) at ${start}`);
      outer.items.push({ kind: "list", items, start: opened, end: at });
    } else if (char === '"') {
      const [bytes, end] = readString(source, at);
      at = end;
      top.items.push({ kind: "string", bytes, start, end });
    } else {
      at += /^[^\s()";]+|^;/.exec(source.slice(at, at + 1000))![0].length;
      top.items.push({ kind: "atom", text: source.slice(start, at), start, end: at });
    }
  }
  if (stack.length !== 1) throw new SyntaxError("unexpected end of file");
  return stack[0]!.items;
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf("\n", at);
  return end < 0 ? source.length : end;
}

function endOfComment(source: string, at: number): number {
  let depth = 0;
  let end = at;
  do {
    if (source.startsWith("(;", end)) depth++;
    else if (source.startsWith(";)", end)) depth--;
    else {
      end++;
      continue;
    }
    end += 2;
  } while (depth > 0 && end < source.length);
  return end;
}

const escapes: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 0x22, "'": 0x27, "\\": 0x5c };

function readString(source: string, start: number): [Uint8Array, number] {
  const bytes: number[] = [];
  let at = start + 1;
  for (;;) {
    const char = source.codePointAt(at);
    if (char === undefined) throw new SyntaxError(`unterminated string at ${start}`);
    if (char === 0x22) return [Uint8Array.from(bytes), at + 1];
    if (char !== 0x5c) {
      const text = String.fromCodePoint(char);
      bytes.push(...new TextEncoder().encode(text));
      at += text.length;
      continue;
    }
    const single = escapes[source[at + 1]!];
    const unicode = /^\\u\{([0-9a-f]+)\}/i.exec(source.slice(at, at + 12));
    if (single !== undefined) {
      bytes.push(single);
      at += 2;
    } else if (unicode) {
      bytes.push(...new TextEncoder().encode(String.fromCodePoint(Number.parseInt(unicode[1]!, 16))));
      at += unicode[0].length;
    } else {
      // Kept as it is where it is no escape: what quoted text means is for its own parser to say.
      const hex = /^[0-9a-f]{2}/i.exec(source.slice(at + 1, at + 3));
      bytes.push(hex ? Number.parseInt(hex[0], 16) : 0x5c);
      at += hex ? 3 : 1;
    }
  }
}

export function textOf(node: Node | undefined): string | undefined {
  if (node?.kind === "atom") return node.text;
  return node?.kind === "string" ? new TextDecoder().decode(node.bytes) : undefined;
}

/** The first word of a list. */
export function headOf(node: Node | undefined): string | undefined {
  return node?.kind === "list" && node.items[0]?.kind === "atom" ? node.items[0].text : undefined;
}
