/** What a plugin's author may get wrong without a word of the compiler's: nothing of it is sent as something else. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { CompiledComponent } from "../../../host/engine/engine.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";
import { refusal } from "../../support/thrown.ts";

afterAll(removeTemporaryFolders);

const files = {
  "wit/world.wit": `package demo:silent;
world silent {
  enum colour { red, green, blue }
  flags access { read, write, run }
  record item { name: string, price: u32, tags: list<string> }
  record painted { colour: colour, access: access, letter: char }
  variant shape { circle(f32), named(string), colours(list<colour>) }
  import log: func(items: list<item>);
  export items: func(hole: s32) -> list<item>;
  export names: func(hole: s32) -> list<string>;
  export nested: func(hole: s32) -> list<list<string>>;
  export pairs: func(hole: s32) -> list<tuple<string, u32>>;
  export lists: func(hole: s32) -> list<list<u8>>;
  export maybe: func(hole: s32) -> option<list<item>>;
  export tagged: func(hole: s32) -> result<item, string>;
  export fixed: func(hole: s32) -> list<string, 3>;
  export shapes: func(hole: s32) -> list<shape>;
  export paint: func(n: s32) -> colour;
  export paints: func(n: s32) -> list<colour>;
  export grant: func(n: s32) -> access;
  export grants: func(n: s32) -> list<access>;
  export letter: func(n: s32) -> char;
  export letters: func(n: s32) -> list<char>;
  export inside: func(n: s32) -> painted;
  export text: func(n: s32) -> string;
  export send: func(hole: s32);
  export view: func(n: s32) -> list<u8>;
  export couple: func(letter: s32, number: s32) -> tuple<option<char>, option<s32>>;
  export short: func(n: s32) -> list<u8, 3>;
  record holder { item: item, bytes: list<u8>, shape: shape }
  export early-item: func() -> item;
  export early-list: func() -> list<item>;
  export early-bytes: func() -> list<u8>;
  export early-field: func(which: s32) -> holder;
  export early-sent: func();
  export early-text: func() -> string;
  export early-case: func(which: s32) -> shape;
  export early-result: func(which: s32) -> result<list<u8>, item>;
  export early-name: func() -> result<item, string>;
  export boxes: interface { resource box { constructor(); } make: func(hole: s32) -> box; }
  export optional: func(hole: s32) -> list<option<item>>;
}
`,
  "assembly/index.ts": `import { Item, Colour, Access, Painted, Shape, Holder, log } from "wit-world";
import { Option, Result, Tuple2 } from "wit-types";
function item(n: i32): Item { return new Item("i" + n.toString(), n, []); }
class Early {
  item: Item | null;
  list: Array<Item> | null;
  bytes: Uint8Array | null;
  shape: Shape | null;
  text: string | null;
  colours: Array<Colour> | null;
}
export class Box {}
export function make(hole: i32): Box { const a = new Array<Box>(1); if (hole != 0) a[0] = new Box(); return unchecked(a[0]); }
export function earlyText(): string { return changetype<string>(early().text); }
export function earlyCase(which: i32): Shape { return which == 1 ? Shape.named(earlyText()) : Shape.colours(changetype<Array<Colour>>(early().colours)); }
export function earlyResult(which: i32): Result<Uint8Array, Item> { return which == 1 ? Result.ok<Uint8Array, Item>(earlyBytes()) : Result.err<Uint8Array, Item>(earlyItem()); }
export function earlyName(): Result<Item, string> { return Result.ok<Item, string>(new Item(earlyText(), 1, [])); }
function early(): Early { return new Early(); }
export function earlyItem(): Item { return changetype<Item>(early().item); }
export function earlyList(): Array<Item> { return changetype<Array<Item>>(early().list); }
export function earlyBytes(): Uint8Array { return changetype<Uint8Array>(early().bytes); }
export function earlyField(which: i32): Holder {
  const holder = new Holder(item(1), new Uint8Array(1), Shape.named("s"));
  if (which == 1) holder.item = changetype<Item>(early().item);
  if (which == 2) holder.bytes = changetype<Uint8Array>(early().bytes);
  if (which == 3) holder.shape = changetype<Shape>(early().shape);
  return holder;
}
export function earlySent(): void { log(changetype<Array<Item>>(early().list)); }
export function items(hole: i32): Array<Item> { const a = new Array<Item>(4); for (let i = 0; i < 4; i++) if (i != hole) a[i] = item(i); return a; }
export function names(hole: i32): Array<string> { const a = new Array<string>(4); for (let i = 0; i < 4; i++) if (i != hole) a[i] = "n"; return a; }
export function nested(hole: i32): Array<Array<string>> { const a = new Array<Array<string>>(2); a[0] = ["x"]; if (hole != 1) a[1] = hole == 2 ? new Array<string>(1) : ["y"]; return a; }
export function pairs(hole: i32): Array<Tuple2<string, u32>> { const a = new Array<Tuple2<string, u32>>(2); a[0] = new Tuple2<string, u32>("a", 1); if (hole != 1) a[1] = a[0]; return a; }
export function lists(hole: i32): Array<Uint8Array> { const a = new Array<Uint8Array>(2); a[0] = new Uint8Array(1); if (hole != 1) a[1] = a[0]; return a; }
export function maybe(hole: i32): Array<Item> | null { return hole == 9 ? null : items(hole); }
export function tagged(hole: i32): Result<Item, string> { const i = item(1); i.tags = names(hole); return Result.ok<Item, string>(i); }
export function fixed(hole: i32): Array<string> { const a = new Array<string>(3); for (let i = 0; i < 3; i++) if (i != hole) a[i] = "f"; return a; }
export function shapes(hole: i32): Array<Shape> { const a = new Array<Shape>(2); a[0] = Shape.named("s"); if (hole != 1) a[1] = Shape.colours([Colour.Red, <Colour>hole]); return a; }
export function paint(n: i32): Colour { return <Colour>n; }
export function paints(n: i32): Array<Colour> { return [Colour.Red, <Colour>n]; }
export function grant(n: i32): Access { return <Access>n; }
export function grants(n: i32): Array<Access> { return [Access.Read, <Access>n]; }
export function letter(n: i32): i32 { return n; }
export function letters(n: i32): Array<i32> { return [65, n]; }
export function inside(n: i32): Painted { return new Painted(<Colour>(n & 0xffff), <Access>(n >> 16), 65); }
export function text(n: i32): string { return n == 0 ? "ok" : n == 1 ? "a\\uD800b" : n == 2 ? "\\uDC00" : "x\\uD83D"; }
export function send(hole: i32): void { log(items(hole)); }
export function view(n: i32): Uint8Array { const a = new Uint8Array(8); for (let i = 0; i < 8; i++) a[i] = <u8>i; return a.subarray(n, 6); }
export function optional(hole: i32): Array<Item | null> { const a = new Array<Item | null>(2); if (hole != 1) a[1] = item(1); return a; }
export function couple(letter: i32, number: i32): Tuple2<Option<i32>, Option<i32>> { return new Tuple2<Option<i32>, Option<i32>>(Option.some<i32>(letter), Option.some<i32>(number)); }
export function short(n: i32): Uint8Array { return new Uint8Array(n); }
`,
};

const hole = (index: number, list: string) =>
  `nothing is at index ${index} of an ${list}: fill every element before it is sent`;
const noColour = (value: number) => `${value} is no Colour, which has 0 to 2`;
const noAccess = (value: number) => `${value} is no Access, which has bits up to 7`;
const noCharacter = (value: number) =>
  `${value} is no character: surrogates are none, nor is what is above 0x10FFFF`;
const absent = "what is sent is null: set it before it is sent";
const half = "invalid utf-16: unpaired surrogate";

const wrong: readonly (readonly [name: string, args: readonly number[], reason: string])[] = [
  ["items", [2], hole(2, "Array<Item>")],
  ["names", [1], hole(1, "Array<string>")],
  ["nested", [1], hole(1, "Array<Array<string>>")],
  ["nested", [2], hole(0, "Array<string>")],
  ["pairs", [1], hole(1, "Array<Tuple2<string, u32>>")],
  ["lists", [1], hole(1, "Array<Uint8Array>")],
  ["maybe", [3], hole(3, "Array<Item>")],
  ["tagged", [1], hole(1, "Array<string>")],
  ["fixed", [1], hole(1, "Array<string>")],
  ["shapes", [1], hole(1, "Array<Shape>")],
  ["send", [1], hole(1, "Array<Item>")],
  ["shapes", [7], noColour(7)],
  ["shapes", [256], noColour(256)],
  ["paint", [7], noColour(7)],
  ["paint", [-1], noColour(-1)],
  ["paints", [3], noColour(3)],
  ["paints", [257], noColour(257)],
  ["grant", [8], noAccess(8)],
  ["grants", [256], noAccess(256)],
  ["inside", [256], noColour(256)],
  ["inside", [256 << 16], noAccess(256)],
  ["letter", [0xd800], noCharacter(0xd800)],
  ["letter", [0x110000], noCharacter(0x110000)],
  ["letters", [-1], noCharacter(-1)],
  ["couple", [0xdfff, 1], noCharacter(0xdfff)],
  ["short", [2], "a list of exactly 3 was expected, not an Uint8Array of 2"],
  ["early-item", [], absent],
  ["early-list", [], absent],
  ["early-bytes", [], absent],
  ["early-field", [1], absent],
  ["early-field", [2], absent],
  ["early-field", [3], absent],
  ["early-sent", [], absent],
  ["early-text", [], absent],
  ["early-case", [1], absent],
  ["early-case", [2], absent],
  ["early-result", [1], absent],
  ["early-result", [2], absent],
  ["early-name", [], absent],
  ["boxes#make", [0], absent],
  ["text", [1], half],
  ["text", [2], half],
  ["text", [3], half],
];

const right: readonly (readonly [name: string, args: readonly number[], value: unknown])[] = [
  ["names", [9], ["n", "n", "n", "n"]],
  ["nested", [9], [["x"], ["y"]]],
  ["fixed", [9], ["f", "f", "f"]],
  ["paint", [2], "blue"],
  ["paints", [1], ["red", "green"]],
  ["grant", [5], { read: true, write: false, run: true }],
  ["letter", [0xd7ff], "\ud7ff"],
  ["letters", [0x10ffff], ["A", "\u{10ffff}"]],
  ["couple", [65, -1], ["A", -1]],
  ["couple", [65, 0xd800], ["A", 0xd800]],
  ["text", [0], "ok"],
  ["view", [2], Uint8Array.of(2, 3, 4, 5)],
  ["short", [3], new Uint8Array(3)],
];

describe.each([
  ["release", ["-O3", "--converge"]],
  ["without assertions", ["-O3", "--noAssert"]],
  ["the stub runtime", ["-Oz", "--runtime", "stub"]],
])("what is sent, %s", (_, options) => {
  let compiled: CompiledComponent;
  beforeAll(async () => {
    compiled = await createDirectEngine().compile(inspectComponent(await buildComponent({ files, options })));
  });
  const logged: unknown[] = [];
  const call = (name: string, args: readonly number[]) =>
    compiled.instantiate({ $root: { log: (items: unknown) => logged.push(items) } }).function(name)(...args);

  test.each(wrong)("%s(%j) is refused", (name, args, reason) => {
    const { code, message } = refusal(() => call(name, args));
    expect(code).toBe("trap");
    expect(message).toContain(`The plugin trapped while calling "${name}": ${reason}`);
    expect(logged).toEqual([]);
  });

  test.each(right)("%s(%j) is what it was", (name, args, value) => {
    expect(call(name, args)).toEqual(value);
  });

  test("an option may be none", () => {
    const item = { name: "i1", price: 1, tags: [] };
    expect(call("optional", [1])).toEqual([undefined, undefined]);
    expect(call("optional", [0])).toEqual([undefined, item]);
  });
});
