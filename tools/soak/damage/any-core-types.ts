/** Random core modules with types in recursion groups, linked to one another: text of a component. */
import type { Random } from "./mutate-binary.ts";

type Composite = { readonly kind: "func" | "struct" | "array"; readonly parts: readonly string[] };

interface Made {
  readonly text: string;
  readonly open: boolean;
  readonly composite: Composite;
}

/**
 * A module that exports a function, a table and a global of some of its types, and one that imports them, written with
 * the same groups in another order, or nearly the same. Some are valid, some not.
 */
export function anyLinkedModules(random: Random): string {
  const groups = Array.from({ length: 1 + random(3) }, () => 1 + (random(3) ? 0 : 1 + random(2)));
  const types: Made[] = [];
  const written = groups.map((size) => {
    const start = types.length;
    for (let i = 0; i < size; i++) types.push(anyType(types, start + size, random));
    const texts = types.slice(start).map(({ text }) => text);
    return size === 1 && random(4) ? texts[0]! : `(rec ${texts.join(" ")})`;
  });
  const functions = types.flatMap(({ composite }, i) => (composite.kind === "func" ? [i] : []));
  const f = functions[random(functions.length)];
  const g = functions[random(functions.length)];
  const other = random(types.length);
  const table = random(types.length);
  // What stands before the types of the second module moves their numbers.
  const shift = random(3);
  const before = Array.from({ length: shift }, (_, i) => `(type (func (param${" f32".repeat(i + 1)})))`);
  const moved = written.map((text) => text.replace(/\$(\d+)/g, (_, i) => `$${Number(i) + shift}`));
  const reference = (index: number, by = 0) => `(ref null ${index + by})`;
  const exports = [
    f === undefined ? "" : `(func (export "f") (type ${f}) unreachable)`,
    `(table (export "t") 1 ${reference(table)})`,
    `(global (export "g") ${reference(other)} (ref.null ${other}))`,
  ];
  const expected = random(3) ? other : random(types.length);
  const imports = [
    g === undefined || f === undefined ? "" : `(import "a" "f" (func (type ${(random(3) ? f : g) + shift})))`,
    `(import "a" "t" (table 1 ${reference(random(3) ? table : random(types.length), shift)}))`,
    `(import "a" "g" (global ${random(4) ? reference(expected, shift) : "anyref"}))`,
  ];
  const first = `(core module $m ${written.join(" ")} ${exports.join(" ")})`;
  const second = `(core module $n ${before.join(" ")} ${moved.join(" ")} ${imports.join(" ")})`;
  if (random(3)) {
    return `${first} (core instance $i (instantiate $m)) ${second} (core instance (instantiate $n (with "a" (instance $i))))`;
  }
  const declared = [
    f === undefined ? "" : `(export "f" (func (type ${f + shift})))`,
    `(export "g" (global ${reference(expected, shift)}))`,
  ];
  return `(component $c (import "m" (core module ${before.join(" ")} ${moved.join(" ")} ${declared.join(" ")})))
    ${first} (instance (instantiate $c (with "m" (core module $m))))`;
}

/** Refers to types up to the end of its group; often it begins as its supertype does. */
function anyType(types: readonly Made[], groupEnd: number, random: Random): Made {
  const supertypes = types.flatMap(({ open }, i) => (open || random(12) === 0 ? [i] : []));
  const supertype = random(2) ? supertypes[random(supertypes.length)] : undefined;
  const inherited = supertype === undefined || random(8) === 0 ? undefined : types[supertype]!.composite;
  const kind = inherited?.kind ?? (["func", "struct", "array"] as const)[random(3)]!;
  const composite = { kind, parts: partsOf(kind, inherited?.parts ?? [], groupEnd, random) };
  const open = random(2) === 0;
  const definition = textOf(composite);
  const sub = supertype === undefined ? "" : ` $${supertype}`;
  const text = !open && sub === "" ? definition : `(sub${open ? "" : " final"}${sub} ${definition})`;
  return { text: `(type $${types.length} ${text})`, open, composite };
}

function partsOf(
  kind: Composite["kind"],
  inherited: readonly string[],
  end: number,
  random: Random,
): string[] {
  if (kind === "array") return inherited.length > 0 ? [...inherited] : [anyField(end, random)];
  if (kind === "struct") {
    const more = Array.from({ length: random(3) }, () => anyField(end, random));
    return [...inherited, ...more];
  }
  if (inherited.length > 0) return [...inherited];
  return Array.from({ length: 2 }, () => anyValue(end, random));
}

function anyField(end: number, random: Random): string {
  const type = random(5) ? anyValue(end, random) : "i8";
  return random(3) ? type : `(mut ${type})`;
}

function anyValue(end: number, random: Random): string {
  const simple = ["i32", "i64", "f32", "funcref", "anyref", "eqref", "(ref struct)", "externref", "i31ref"];
  if (random(2)) return simple[random(simple.length)]!;
  return `(ref ${random(2) ? "null " : ""}$${random(end)})`;
}

function textOf({ kind, parts }: Composite): string {
  switch (kind) {
    case "array":
      return `(array ${parts[0]})`;
    case "struct":
      return `(struct ${parts.map((part) => `(field ${part})`).join(" ")})`;
    case "func":
      return `(func (param ${parts[0]}) (result ${parts[1]}))`;
  }
}
