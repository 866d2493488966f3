/** Functions of a program as its sources declare them, and the calls in them. */
import type { Program, Range } from "assemblyscript";

type Binaryen = typeof import("assemblyscript/binaryen").default;

/** Nobody sees what is generated around the author's code. */
export type Authorship = "library" | "generated" | "author";

interface Position {
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
}

export interface FilePosition extends Position {
  readonly file: string;
}

/** A declaration of a function; instances of a generic one are one. */
export interface Declared {
  readonly name: string;
  readonly file: string;
  readonly kind: Authorship;
  readonly start: Position;
  readonly end: Position;
  /** Characters. */
  readonly size: number;
  readonly calls: Call[];
  readonly callers: Set<Declared>;
}

export interface Call {
  readonly target: Declared | undefined;
  readonly at: Position;
}

/** A function of asc's: what is read here is not all in its declarations. */
interface Compiled {
  readonly internalName: string;
  readonly declaration: { readonly range: Range };
  readonly debugLocations: ReadonlyMap<number, Range>;
}

/** Bounds of where to look for a call: after one place, and before another. */
export interface Between {
  readonly before: FilePosition | undefined;
  readonly after: FilePosition | undefined;
}

/** Number of the author's functions, inlined into one another, that are looked through. */
const maxDepth = 8;

export class CallGraph {
  readonly #byName = new Map<string, Declared>();
  readonly #byFile = new Map<string, Declared[]>();
  readonly #reaching = {
    library: new Map<Declared, ReadonlySet<Declared>>(),
    author: new Map<Declared, ReadonlySet<Declared>>(),
  };

  /** Takes a program that is compiled, with debug locations, and not yet optimized: the optimizer forgets who called whom. */
  constructor(program: Program, binaryen: Binaryen) {
    const compiled = [...program.instancesByName.values()].filter(
      (element) => "debugLocations" in element,
    ) as unknown as Compiled[];
    const declared = new Map<object, Declared>();
    for (const { internalName, declaration } of compiled) {
      const known = declared.get(declaration) ?? this.#declare(internalName, declaration.range);
      declared.set(declaration, known);
      this.#byName.set(internalName, known);
    }
    for (const { internalName, debugLocations } of compiled) {
      const owner = this.#byName.get(internalName)!;
      for (const [expression, range] of debugLocations) {
        if (binaryen.getExpressionId(expression) !== binaryen.CallId) continue;
        const target = this.#byName.get(targetOf(binaryen, expression));
        target?.callers.add(owner);
        owner.calls.push({ target, at: positionOf(range, range.start) });
      }
    }
  }

  /** The function that Binaryen has under this name. */
  find(internalName: string): Declared | undefined {
    return this.#byName.get(internalName);
  }

  /** The innermost function that a place lies in. */
  ownerOf(place: FilePosition): Declared | undefined {
    let innermost: Declared | undefined;
    for (const known of this.#byFile.get(place.file) ?? []) {
      if (isBefore(place, known.start) || isBefore(known.end, place)) continue;
      if (!innermost || known.size < innermost.size) innermost = known;
    }
    return innermost;
  }

  /** The call that a function of the library was inlined for: in this function, or in one that was inlined itself. */
  callOf(
    owner: Declared,
    wanted: Declared,
    between: Between,
    depth = 0,
  ): { readonly owner: Declared; readonly call: Call } | undefined {
    const reaching = this.#callers(wanted, "library");
    const own = owner.calls.filter(({ target }) => target && reaching.has(target));
    const call = nearestCall(own, owner.file, between);
    if (call) return { owner, call };
    if (depth === maxDepth) return undefined;
    const farther = this.#callers(wanted, "author");
    const inner = owner.calls.filter(({ target }) => target?.kind === "author" && farther.has(target));
    const target = nearestCall(inner, owner.file, between)?.target;
    return target && this.callOf(target, wanted, between, depth + 1);
  }

  /** Functions that come to this one, and itself: through the library, and where told so through the author's too. */
  #callers(wanted: Declared, through: "library" | "author"): ReadonlySet<Declared> {
    const known = this.#reaching[through].get(wanted);
    if (known) return known;
    const found = new Set([wanted]);
    for (const each of found)
      for (const caller of each.callers)
        if (caller.kind === "library" || caller.kind === through) found.add(caller);
    this.#reaching[through].set(wanted, found);
    return found;
  }

  #declare(internalName: string, range: Range): Declared {
    const file = range.source.normalizedPath;
    const known: Declared = {
      name:
        kindOfFile(file) === "author"
          ? spoken(internalName, range.source.internalPath)
          : spoken(internalName),
      file,
      kind: kindOfFile(file),
      start: positionOf(range, range.start),
      end: positionOf(range, range.end),
      size: range.end - range.start,
      calls: [],
      callers: new Set(),
    };
    const others = this.#byFile.get(file);
    if (others) others.push(known);
    else this.#byFile.set(file, [known]);
    return known;
  }
}

export function kindOfFile(file: string): Authorship {
  if (file === "~lib/wit-glue.ts" || file.endsWith(".wit-exports.ts")) return "generated";
  return file.startsWith("~lib/") ? "library" : "author";
}

/** The call among several that lies first between the places, else the last before them, else any. */
function nearestCall(calls: readonly Call[], file: string, { before, after }: Between): Call | undefined {
  if (calls.length < 2) return calls[0];
  const sorted = [...calls].sort((a, b) => (isBefore(a.at, b.at) ? -1 : 1));
  const lineOf = (side: FilePosition | undefined) => (side?.file === file ? side.line : undefined);
  const [from, to] = [lineOf(before) ?? 0, lineOf(after) ?? Number.POSITIVE_INFINITY];
  return (
    sorted.find(({ at }) => at.line >= from && at.line <= to) ??
    sorted.findLast(({ at }) => at.line <= Math.max(from, 1)) ??
    sorted[0]
  );
}

function targetOf(binaryen: Binaryen, call: number): string {
  return (binaryen.getExpressionInfo(call) as unknown as { readonly target: string }).target;
}

function positionOf({ source }: Range, at: number): Position {
  const line = source.lineAt(at);
  // asc counts columns from 1, source maps from 0.
  return { line, column: source.columnAt() - 1 };
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

/** `assembly/index/Cart#total<i32>` → `Cart#total`, without the path of its file. */
function spoken(internalName: string, path = ""): string {
  const isWithin = path !== "" && internalName.startsWith(`${path}/`);
  const name = isWithin ? internalName.slice(path.length + 1) : internalName;
  let depth = 0;
  let plain = "";
  for (const character of name) {
    if (character === "<") depth++;
    if (depth === 0) plain += character;
    if (character === ">") depth--;
  }
  return plain.replace(/~anonymous\|\d+/g, ".<anonymous>");
}
