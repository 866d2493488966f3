import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { build, removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const world = `package demo:shop@1.0.0;
interface carts {
  record item { sku: string }
  resource cart {
    constructor(owner: string);
    add: func(item: item, count: u32) -> option<u32>;
    merge: func(other: cart);
    open: static func(owner: string) -> result<cart, string>;
  }
  resource ticket { constructor(n: s32) -> result<ticket, string>; }
  best: func() -> cart;
}
world shop { export carts; }`;

const good = `
import { Item } from "demo:shop/carts@1.0.0";
import { Option, Result } from "wit-types";
export class Cart {
  constructor(public owner: string) {}
  add(item: Item, count: u32): Option<u32> { return Option.some<u32>(count); }
  merge(other: Cart): void {}
  static open(owner: string): Result<Cart, string> { return Result.ok<Cart, string>(new Cart(owner)); }
}
export class Ticket {
  static create(n: i32): Result<Ticket, string> { return Result.err<Ticket, string>("none left"); }
}
export function best(): Cart { return new Cart("best"); }
`;

async function outputOf(source: string): Promise<string> {
  const { output, component } = await build({
    files: { "wit/world.wit": world, "assembly/index.ts": source },
  });
  expect(component === undefined).toBe(output !== "");
  return output;
}

test("a class of the right shape", async () => {
  expect(await outputOf(good)).toBe("");
  expect(await outputOf(`${good.replaceAll("export class", "class")}export { Cart, Ticket };`)).toBe("");
  const files = {
    "wit/world.wit": world,
    "assembly/carts.ts": good,
    "assembly/index.ts": 'export * from "./carts";',
  };
  expect((await build({ files })).output).toBe("");
});

test("what is written for editors knows the author's classes, also in records", async () => {
  const { folder, output } = await build({
    files: {
      "wit/world.wit": `package demo:baskets;
        interface baskets {
          resource cart { constructor(owner: string); }
          record basket { held: cart }
          best: func() -> basket;
        }
        world shop { export baskets; }`,
      "assembly/index.ts": `import { Basket } from "demo:baskets/baskets";
        export namespace baskets {
          export class Cart { constructor(public owner: string) {} }
          export function best(): Basket { return new Basket(new Cart("best")); }
        }`,
    },
    options: ["--use", "hotcell.bindings=build/bindings"],
  });
  expect(output).toBe("");
  const written = await readFile(join(folder, "build/bindings/index.d.ts"), "utf8");
  const [, alias] =
    /type (\S+) = import\("\.\.\/\.\.\/assembly\/index"\)\.baskets\.Cart;/.exec(written) ?? [];
  expect(written).toContain(`held: ${alias}`);
});

describe("a class that is not right", () => {
  test("missing: shown whole, with what to import", async () => {
    const output = await outputOf(good.replaceAll("Cart", "Kart"));
    expect(
      output,
    ).toContain(`ERROR AS102: The world exports the resource demo:shop/carts@1.0.0#cart, but assembly/index.ts has no Cart.
  expected: export class Cart {
              constructor(owner: string) { … }
              add(item: Item, count: u32): Option<u32> { … }
              merge(other: Cart): void { … }
              static open(owner: string): Result<Cart, string> { … }
            }
  with:     import { Item } from "demo:shop/carts@1.0.0"; import { Option, Result } from "wit-types"
  found instead: Kart`);
    expect(output).toContain("FAILURE 1 compile error(s)");
  });

  test("within the interface's namespace, where there is one", async () => {
    const output = await outputOf(
      `export namespace carts { ${good.replace(/import.*\n/g, "").replace("export class Cart ", "class Kart ")} }`,
    );
    expect(output).toContain("assembly/index.ts has no carts.Cart.");
    expect(output).toContain("  expected: export namespace carts {\n              export class Cart {");
  });

  test.each([
    ["not a class", "export function Cart(): void {}", "must be a class.", 4],
    ["generic", "export class Cart<T> {}", "must be a class that is not generic.", 4],
    ["abstract", "export abstract class Cart {}", "must be a class that is not abstract.", 4],
    ["unmanaged", "@unmanaged export class Cart {}", "must be a class that is garbage collected", 4],
  ])("%s", async (_, declaration, message, line) => {
    const output = await outputOf(good.replace(/export class Cart {[\s\S]*?\n}/, declaration));
    expect(output).toContain(`demo:shop/carts@1.0.0#cart ${message}`);
    expect(output).toContain(`in assembly/index.ts(${line},`);
  });
});

describe("a member that is not right", () => {
  const carts = "demo:shop/carts@1.0.0#";
  test.each([
    [
      "a method that is missing",
      ["merge(", "merges("],
      `${carts}[method]cart.merge is missing from the class Cart.
  expected: merge(other: Cart): void
  found instead: merges`,
      4,
    ],
    [
      "a method that should be static",
      ["static open(owner: string)", "open(owner: string)"],
      `${carts}[static]cart.open is missing from the class Cart.
  expected: static open(owner: string): Result<Cart, string>
  with:     import { Result } from "wit-types"
  found instead: a method that is not static`,
      4,
    ],
    [
      "a method that should not be",
      ["merge(other: Cart): void", "static merge(other: Cart): void"],
      `${carts}[method]cart.merge is missing from the class Cart.
  expected: merge(other: Cart): void
  found instead: a method that is static`,
      4,
    ],
    [
      "another parameter type",
      ["add(item: Item, count: u32)", "add(item: Item, count: i32)"],
      `${carts}[method]cart.add has another type for its parameter 2.
  expected: add(item: Item, count: u32): Option<u32>
  with:     import { Item } from "demo:shop/carts@1.0.0"; import { Option } from "wit-types"
  found:    add(item: Item, count: i32): Option<u32>`,
      6,
    ],
    [
      "another result",
      ["merge(other: Cart): void {}", "merge(other: Cart): u32 { return 1; }"],
      `${carts}[method]cart.merge returns another type.
  expected: merge(other: Cart): void
  found:    merge(other: Cart): u32`,
      7,
    ],
    [
      "other constructor parameters",
      ["constructor(public owner: string)", "constructor(public owner: string, public age: u8)"],
      `${carts}[constructor]cart takes 1 parameter, not 2.
  expected: constructor(owner: string)
  found:    constructor(public owner: string, public age: u8)`,
      5,
    ],
    [
      "no constructor",
      ["constructor(public owner: string) {}", "owner: string = '';"],
      `${carts}[constructor]cart is missing from the class Cart.
  expected: constructor(owner: string)`,
      4,
    ],
    [
      "a private constructor",
      ["constructor(public", "private constructor(public"],
      `${carts}[constructor]cart must be public.
  expected: constructor(owner: string)
  found:    constructor(public owner: string)`,
      5,
    ],
    [
      "a constructor instead of create",
      [
        'static create(n: i32): Result<Ticket, string> { return Result.err<Ticket, string>("none left"); }',
        "constructor(n: i32) {}",
      ],
      `${carts}[constructor]ticket is missing from the class Ticket.
  expected: static create(n: i32): Result<Ticket, string>
  with:     import { Result } from "wit-types"`,
      10,
    ],
    [
      "a field",
      ["merge(other: Cart): void {}", "merge: u32 = 0;"],
      `${carts}[method]cart.merge must be a method of the class Cart.
  expected: merge(other: Cart): void`,
      7,
    ],
    [
      "generic",
      ["merge(other", "merge<T>(other"],
      `${carts}[method]cart.merge must not be generic.
  expected: merge(other: Cart): void
  found:    merge<T>(other: Cart): void`,
      7,
    ],
  ] as const)("%s", async (_, [from, to], message, line) => {
    const source = good.replace(from, to);
    expect(source).not.toBe(good);
    const output = await outputOf(source);
    expect(output).toContain(message);
    expect(output).toContain(`in assembly/index.ts(${line},`);
  });

  test("functions outside of classes are checked as ever", async () => {
    const output = await outputOf(
      good
        .replace("best(): Cart", "best(): Ticket")
        .replace('return new Cart("best")', "return new Ticket()"),
    );
    expect(output).toContain("best returns another type.\n  expected: export function best(): Cart");
  });

  test("an imported resource can't be made where WIT has no constructor", async () => {
    const files = {
      "wit/world.wit":
        "package a:b; interface fs { resource file { read: func() -> u8; } } world w { import fs; export run: func(); }",
      "assembly/index.ts": 'import { File } from "a:b/fs";\nexport function run(): void { new File(); }',
    };
    expect((await build({ files })).output).toContain(
      "the resource file has no constructor: get a File from a function",
    );
  });
});
