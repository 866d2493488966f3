import { describe, expect, it } from "vitest";
import type { Interface } from "../../host/wit/model.ts";
import { parsePackage } from "../../host/wit/text/declaration.ts";
import { printFunctionType } from "../../host/wit/text/print-types.ts";

const parse = (text: string, others: (id: string) => Interface | undefined = () => undefined) =>
  parsePackage(`package t:p@1.2.3; ${text}`, others);
const functionsOf = (iface: Interface | undefined) =>
  iface?.items.flatMap((item) =>
    item.kind === "function" ? [`${item.name}: ${printFunctionType(item.type)}`] : [],
  );

describe("packages of the host", () => {
  it("give interfaces by their full ids, with all kinds of types", () => {
    const found = parse(`
      interface one {
        record point { x: f32, y: f32 }
        enum colour { red, green }
        flags access { read, write }
        variant shape { dot(point), nothing }
        type path = list<point>;
        draw: func(p: path, s: shape, c: colour) -> result<_, access>;
      }
      interface two { use one.{point as position, colour}; at: func() -> option<position>; }`);
    expect([...found.keys()]).toEqual(["t:p/one@1.2.3", "t:p/two@1.2.3"]);
    expect(functionsOf(found.get("t:p/one@1.2.3"))).toEqual([
      "draw: func(p: path, s: shape, c: colour) -> result<_, access>",
    ]);
    expect(functionsOf(found.get("t:p/two@1.2.3"))).toEqual(["at: func() -> option<position>"]);
  });

  it("name the functions of resources as components do", () => {
    const found = parse(`interface store {
      resource empty;
      resource bucket {
        constructor(name: string);
        get: func(key: string) -> option<string>;
        join: static func(a: bucket, b: borrow<bucket>) -> own<bucket>;
      }
    }`);
    expect(functionsOf(found.get("t:p/store@1.2.3"))).toEqual([
      "[constructor]bucket: func(name: string) -> bucket",
      "[method]bucket.get: func(self: borrow<bucket>, key: string) -> option<string>",
      "[static]bucket.join: func(a: bucket, b: borrow<bucket>) -> bucket",
    ]);
  });

  it("may have no version", () => {
    const found = parsePackage(
      "package t:p; interface store { resource bucket; open: func() -> bucket; }",
      () => undefined,
    );
    expect([...found.keys()]).toEqual(["t:p/store"]);
    const [bucket] = found.get("t:p/store")!.items;
    expect(bucket).toMatchObject({ definition: { owner: { interface: "t:p/store" } } });
  });

  it("use types of other packages", () => {
    const others = parse("interface io { resource pipe; }");
    const found = parse("interface user { use t:io/io@1.2.3.{pipe}; take: func(p: pipe); }", (id) =>
      id === "t:io/io" ? others.get("t:p/io@1.2.3") : undefined,
    );
    expect(functionsOf(found.get("t:p/user@1.2.3"))).toEqual(["take: func(p: pipe)"]);
  });

  it("name types before they are declared, in their interface and in later ones", () => {
    const found = parse(`
      interface one {
        use two.{good, cart as basket};
        find: func(name: name, in: borrow<basket>) -> result<goods, problem>;
        type goods = list<good>;
        resource shelf { constructor(of: goods); first: func() -> option<shelf>; }
        enum problem { unknown }
        type name = string;
      }
      interface two {
        resource cart { add: func(of: good); }
        record good { name: string, size: size }
        variant size { small, of(u32) }
      }`);
    expect(functionsOf(found.get("t:p/one@1.2.3"))).toEqual([
      "find: func(name: name, in: borrow<basket>) -> result<goods, problem>",
      "[constructor]shelf: func(of: goods) -> shelf",
      "[method]shelf.first: func(self: borrow<shelf>) -> option<shelf>",
    ]);
    expect(functionsOf(found.get("t:p/two@1.2.3"))).toEqual([
      "[method]cart.add: func(self: borrow<cart>, of: good)",
    ]);
  });

  it.each([
    ["interface a { type b = list<c>; type c = option<b>; }", "a type"],
    ["interface a { use b.{x}; type y = u8; } interface b { use a.{y}; type x = u8; }", "a type of a"],
    ["interface a { } interface a { }", "another name"],
    ["interface a { record r {", "the name of a field"],
    ["interface a { ~ }", "an item of an interface"],
    ["interface a { f: func(x: later); }", "a type"],
    ["interface a { use b.{c}; }", "a type of b"],
    ["interface a { f: func(x: borrow<u8>); }", "a type"],
    ["interface a { f: func() }", '";"'],
    ["world w { }", '"interface"'],
  ])("refuse what they don't understand: %s", (text, expected) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: "bad-type-expression",
        facts: expect.objectContaining({ expected }),
      }),
    );
  });
});
