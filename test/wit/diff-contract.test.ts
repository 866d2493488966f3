/** Shortfalls of a world against a contract: what misses it by one thing, kind by kind, and what is told of it. */
import { describe, expect, it } from "vitest";
import { decodeComponentType } from "../../host/component/component-type.ts";
import { disagreements, shortfallOf } from "../../host/wit/diff/diff-contract.ts";
import type { World } from "../../host/wit/model.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";

const worldOf = (wit: string): World => decodeComponentType(componentTypeOf(dummyModule(wit))).world;
const shop = (items: string) =>
  worldOf(`package acme:shop@1.0.0; interface shop { ${items} } world plugin { export shop; }`);
const exporting = (version: string, exports: string) =>
  worldOf(`package acme:shop@${version}; interface shop { f: func(); } interface other { f: func(); }
    world plugin { ${exports} }`);
/** Messages, with the function called f as `F`. */
const told = (contract: World, world: World) =>
  shortfallOf(contract, world).changes.map(({ message }) => message.replace("acme:shop/shop@1.0.0#f", "F"));

const gives = (type: string) => (types: string) => `${types} f: func() -> ${type};`;
const takes = (type: string) => (types: string) => `${types} f: func(x: ${type});`;
const plain = (text: string) => text;

describe("a world misses a contract by", () => {
  it.each([
    [
      "a field that results have",
      gives("r"),
      "record r { a: u8, b: u8 }",
      "record r { a: u8 }",
      "The field b in the result of F is gone; it was u8. Callers that read it find nothing.",
    ],
    [
      "a field by another name",
      gives("r"),
      "record r { a: u8, b: u8 }",
      "record r { a: u8, c: u8 }",
      "The field c in the result of F was called b. Callers that read the old name find nothing.",
    ],
    [
      "a field of another type",
      gives("r"),
      "record r { a: u8 }",
      "record r { a: u16 }",
      "The field a in the result of F was u8 and is now u16. Callers that hold it as u8 meet values outside 0 to 255.",
    ],
    [
      "a field of a list of records in an option",
      gives("option<r>"),
      "record s { a: u8 } record r { s: list<s> }",
      "record s { a: string } record r { s: list<s> }",
      "The field s[].a in the result of F was u8 and is now string. Callers that decode what it was can't read it.",
    ],
    [
      "a field that it wants besides",
      takes("r"),
      "record r { a: u8 }",
      "record r { a: u8, b: u8 }",
      "The field x.b in the parameters of F is new: u8. Calls that don't give it are refused.",
    ],
    [
      "a field that it does not take",
      takes("r"),
      "record r { a: u8, b: u8 }",
      "record r { a: u8 }",
      "The field x.b in the parameters of F is gone; it was u8. Calls that give it are refused.",
    ],
    [
      "a case that it answers besides",
      gives("v"),
      "variant v { a, b(u8) }",
      "variant v { a, b(u8), c }",
      "The case c in the result of F is new. Callers that decode the result don't know it.",
    ],
    [
      "a case that it does not take",
      takes("v"),
      "variant v { a, b(u8) }",
      "variant v { a }",
      "The case x.b in the parameters of F is gone; it was u8. Calls that give it are refused.",
    ],
    [
      "a payload",
      gives("v"),
      "variant v { a, b(u8) }",
      "variant v { a, b }",
      "The case b in the result of F has no payload any more; it was u8. Callers that read it find nothing.",
    ],
    [
      "a name of an enum that it answers besides",
      gives("e"),
      "enum e { a, b }",
      "enum e { a, b, c }",
      "The case c in the result of F is new. Callers that decode the result don't know it.",
    ],
    [
      "a name of an enum that it does not take",
      takes("e"),
      "enum e { a, b }",
      "enum e { a }",
      "The case x.b in the parameters of F is gone. Calls that give it are refused.",
    ],
    [
      "a flag",
      gives("l"),
      "flags l { a, b }",
      "flags l { a }",
      "The flag b in the result of F is gone. Callers that read it find nothing.",
    ],
    [
      "a part of a tuple",
      plain,
      "f: func() -> tuple<u8, u8>;",
      "f: func() -> tuple<u8, u8, u8>;",
      "The result of F was tuple<u8, u8> and is now tuple<u8, u8, u8>. Callers that expect 2 elements meet 3.",
    ],
    [
      "an option where a value was agreed",
      plain,
      "f: func() -> u8;",
      "f: func() -> option<u8>;",
      "The result of F was u8 and is now option<u8>. Callers meet null where there always was a value.",
    ],
    [
      "another error",
      plain,
      "f: func() -> result<u8, string>;",
      "f: func() -> result<u8, u8>;",
      "The case err in the result of F was string and is now u8. Callers that decode what it was can't read it.",
    ],
    [
      "a result",
      plain,
      "f: func() -> u8;",
      "f: func();",
      "The result of F is gone; it was u8. Callers that read it are answered 204 No Content.",
    ],
    [
      "another element",
      plain,
      "f: func() -> list<u8>;",
      "f: func() -> list<u16>;",
      "The result of F was list<u8> and is now list<u16>. Callers get an array where there was base64.",
    ],
    [
      "another length",
      plain,
      "f: func(l: list<u8, 4>);",
      "f: func(l: list<u8, 5>);",
      "The parameter l of F was list<u8, 4> and is now list<u8, 5>. Calls that send lists of other lengths are refused.",
    ],
    [
      "a parameter that it wants besides",
      plain,
      "f: func(a: u8);",
      "f: func(a: u8, b: u8);",
      "The parameter b of F is new: u8. Calls that don't give it are refused.",
    ],
    [
      "a parameter that it does not take",
      plain,
      "f: func(a: u8, b: u8);",
      "f: func(a: u8);",
      "The parameter b of F is gone; it was u8. Calls that give it are refused.",
    ],
    [
      "a parameter by another name",
      plain,
      "f: func(a: u8);",
      "f: func(b: u8);",
      "The parameter b of F was called a. Calls that name their arguments are refused.",
    ],
    [
      "parameters in another order",
      plain,
      "f: func(a: u8, b: u16);",
      "f: func(b: u16, a: u8);",
      "The exported function F has its parameters in another order. Calls by position give the wrong ones.",
    ],
    [
      "a function",
      plain,
      "f: func(); g: func();",
      "g: func();",
      "The exported function F is gone; it was func(). Calls of it fail.",
    ],
    [
      "a method",
      plain,
      "resource s { m: func(); } f: func() -> s;",
      "resource s; f: func() -> s;",
      "The exported function acme:shop/shop@1.0.0#[method]s.m is gone; it was func(self: borrow<s>). Calls of it fail.",
    ],
    [
      "a parameter of a constructor",
      plain,
      "resource s { constructor(); } f: func() -> s;",
      "resource s { constructor(a: u8); } f: func() -> s;",
      "The parameter a of acme:shop/shop@1.0.0#[constructor]s is new: u8. Calls that don't give it are refused.",
    ],
    [
      "who owns a handle",
      plain,
      "resource s; f: func(s: borrow<s>);",
      "resource s; f: func(s: s);",
      "The parameter s of F was borrow<s> and is now s. Who owns the handle after the call is another.",
    ],
  ] as const)("%s", (_, wit, contract, world, message) => {
    expect(told(shop(wit(contract)), shop(wit(world)))).toEqual([message]);
    expect(told(shop(wit(contract)), shop(wit(contract)))).toEqual([]);
  });

  it.each([
    ["1.0.0", "export shop;", "1.0.0", "export other;"],
    ["1.0.0", "export shop;", "2.0.0", "export shop;"],
  ])("an interface: %s %s", (version, contract, other, world) => {
    expect(told(exporting(version, contract), exporting(other, world))).toEqual([
      "The exported interface acme:shop/shop@1.0.0 is gone, with f. Calls of its functions fail.",
    ]);
  });

  it("a function of its own that an interface has", () => {
    expect(told(exporting("1.0.0", "export f: func();"), exporting("1.0.0", "export shop;"))).toEqual([
      "The exported function f is gone; it was func(). Calls of it fail.",
    ]);
  });
});

describe("a world satisfies a contract", () => {
  it.each([
    ["with an optional field besides", takes("r"), "record r { a: u8 }", "record r { a: u8, b: option<u8> }"],
    ["with a field besides in a result", gives("r"), "record r { a: u8 }", "record r { b: u8, a: u8 }"],
    ["with a case besides that it takes", takes("v"), "variant v { a }", "variant v { a, b(u8) }"],
    ["with a name less that it answers", gives("e"), "enum e { a, b }", "enum e { a }"],
    [
      "with functions and types besides",
      plain,
      "f: func();",
      "record r { a: u8 } f: func(); g: func() -> r;",
    ],
    ["under other names of types", gives("r"), "record r { a: u8 }", "record r2 { a: u8 } type r = r2;"],
  ] as const)("%s", (_, wit, contract, world) => {
    expect(told(shop(wit(contract)), shop(wit(world)))).toEqual([]);
  });

  it.each([
    ["1.0.0", "1.1.0"],
    ["1.1.0", "1.0.0"],
  ])("of interface %s by %s", (asked, has) => {
    expect(told(exporting(asked, "export shop;"), exporting(has, "export shop; export other;"))).toEqual([]);
  });
});

describe("contracts disagree", () => {
  it("where neither can be had with the other", () => {
    const [narrow, wide, text] = ["u8", "u16", "string"].map((type) =>
      shop(`f: func(a: ${type}) -> ${type};`),
    );
    expect(disagreements(narrow!, text!)).toEqual(["acme:shop/shop@1.0.0#f"]);
    expect(disagreements(narrow!, wide!)).toEqual(["acme:shop/shop@1.0.0#f"]);
    expect(disagreements(narrow!, narrow!)).toEqual([]);
  });

  it("where there is much else that only one of them has", () => {
    const others = Array.from({ length: 150 }, (_, i) => `g${i}: func();`).join(" ");
    const [one, other] = [shop(`${others} z: func(a: u8);`), shop("z: func(a: string);")];
    expect([disagreements(one!, other!), disagreements(other!, one!)]).toEqual(
      Array(2).fill(["acme:shop/shop@1.0.0#z"]),
    );
    expect(shortfallOf(one!, other!)).toMatchObject({ more: 51 });
  });

  it("on nothing where one asks for more", () => {
    const less = shop("record r { a: u8 } f: func() -> r;");
    const more = shop("record r { a: u8, b: u8 } f: func() -> r; g: func();");
    expect([disagreements(less, more), disagreements(more, less)]).toEqual([[], []]);
  });
});
