/** What a new version of a world changes for those who call it and for its host. */
import { writtenOut } from "./brief.ts";
import { sameFunctionType } from "./equal.ts";
import { canonicalInterfaceName } from "./interface-version.ts";
import type { FunctionType, Item, World, WorldItem } from "./types.ts";

export interface Change {
  /** The function or type concerned: `pricing#quote`, `get-friendly-time`. */
  readonly path: string;
  readonly verdict: "compatible" | "breaking" | "capability";
  /** WIT before and after; absent where it did not exist. */
  readonly before?: string;
  readonly after?: string;
  /** A sentence for people. */
  readonly message: string;
}

/**
 * The changes from one world to another, function by function, exports first. Callers rely on exports: one that is
 * gone or has another type is breaking (parameter names count, as calls may name arguments), a new one compatible.
 * The host supplies imports: a new or changed one asks it for something else (capability), one less is compatible.
 * Interfaces match across versions that semver calls compatible.
 */
export function diffWorlds(before: World, after: World): Change[] {
  return [...diffExports(before, after), ...diffImports(before, after)];
}

function diffExports(before: World, after: World): Change[] {
  return pair(functionsOf(before.exports), functionsOf(after.exports)).flatMap(([was, is]): Change[] => {
    if (!is) {
      const text = writtenOut(was.type);
      return [
        {
          path: was.path,
          verdict: "breaking",
          before: text,
          message: `The exported function ${was.path} is gone; it was ${text}.`,
        },
      ];
    }
    if (!was) {
      const text = writtenOut(is.type);
      return [
        {
          path: is.path,
          verdict: "compatible",
          after: text,
          message: `The exported function ${is.path} is new: ${text}.`,
        },
      ];
    }
    if (sameFunctionType(was.type, is.type, { parameterNames: true })) return [];
    return [changed("exported", "breaking", was, is)];
  });
}

function diffImports(before: World, after: World): Change[] {
  return pair(functionsOf(before.imports), functionsOf(after.imports)).flatMap(([was, is]): Change[] => {
    if (!is) {
      return [
        {
          path: was.path,
          verdict: "compatible",
          before: writtenOut(was.type),
          message: `The import ${was.path} is no longer needed.`,
        },
      ];
    }
    if (!was) {
      const text = writtenOut(is.type);
      return [
        {
          path: is.path,
          verdict: "capability",
          after: text,
          message: `The import ${is.path} is new: ${text}.`,
        },
      ];
    }
    return sameFunctionType(was.type, is.type) ? [] : [changed("imported", "capability", was, is)];
  });
}

function changed(role: string, verdict: Change["verdict"], was: FunctionAt, is: FunctionAt): Change {
  const [before, after] = [writtenOut(was.type), writtenOut(is.type)];
  const difference =
    before === after
      ? `differs in a type or resource too deep to show in ${after}`
      : `was ${before} and is now ${after}`;
  return { path: is.path, verdict, before, after, message: `The ${role} function ${is.path} ${difference}.` };
}

// ---- Functions

interface FunctionAt {
  /** `name`, or `ns:pkg/iface@1.0.0#name`. */
  readonly path: string;
  /** The same for every compatible version of the interface. */
  readonly key: string;
  readonly type: FunctionType;
}

function functionsOf(items: readonly WorldItem[]): FunctionAt[] {
  return items.flatMap((item) =>
    item.kind === "interface"
      ? functionsIn(item.interface.items, `${item.name}#`, `${canonicalInterfaceName(item.name)}#`)
      : functionsIn([item], "", ""),
  );
}

function functionsIn(items: readonly Item[], path: string, key: string): FunctionAt[] {
  return items.flatMap((item) =>
    item.kind === "function" ? [{ path: path + item.name, key: key + item.name, type: item.type }] : [],
  );
}

type Pair = [FunctionAt, undefined] | [FunctionAt, FunctionAt] | [undefined, FunctionAt];

/** Same paths first; then what is left over by key, so that two versions of one interface side by side stay apart. */
function pair(before: readonly FunctionAt[], after: readonly FunctionAt[]): Pair[] {
  const left = new Set(after);
  const byPath = new Map(after.map((f) => [f.path, f]));
  const matches = new Map<FunctionAt, FunctionAt>();
  const match = (was: FunctionAt, is: FunctionAt | undefined): void => {
    if (!is || matches.has(was)) return;
    matches.set(was, is);
    left.delete(is);
  };
  for (const was of before) match(was, byPath.get(was.path));
  const byKey = new Map([...left].map((f) => [f.key, f]));
  for (const was of before) {
    const is = byKey.get(was.key);
    if (is && left.has(is)) match(was, is);
  }
  return [
    ...before.map((was): Pair => [was, matches.get(was)]),
    ...[...left].map((is): Pair => [undefined, is]),
  ];
}
