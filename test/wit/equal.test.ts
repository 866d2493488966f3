import fc from "fast-check";
import { expect, test } from "vitest";
import { sameFunctionType, sameType } from "../../host/wit/equal.ts";
import { canonicalInterfaceName } from "../../host/wit/interface-version.ts";
import type { Owner, TypeDefinition, ValueType } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { printType } from "../../host/wit/text/print-types.ts";
import { anyValueType } from "../support/arbitrary-values.ts";

const owner: Owner = { interface: "acme:shop/types@1.0.0", direction: "export" };

function ref(body: TypeDefinition["body"], name = "named"): ValueType {
  return { kind: "ref", target: { name, owner, body } };
}

/** The same type built anew, every part behind an alias of an alias. */
function disguised(type: ValueType): ValueType {
  const copy = structuredClone(type);
  const inner = (part: ValueType): ValueType => {
    switch (part.kind) {
      case "list":
        return { ...part, element: disguised(part.element) };
      case "tuple":
        return { ...part, elements: part.elements.map(disguised) };
      case "record":
        return { ...part, fields: part.fields.map((f) => ({ ...f, type: disguised(f.type) })) };
      case "variant":
        return {
          ...part,
          cases: part.cases.map((c) => ({ ...c, ...(c.type && { type: disguised(c.type) }) })),
        };
      case "option":
        return { ...part, some: disguised(part.some) };
      default:
        return part;
    }
  };
  return ref(ref(inner(copy), "a"), "b");
}

test("names of definitions are nothing, structure is everything", () => {
  fc.assert(
    fc.property(anyValueType(), anyValueType(), (a, b) => {
      expect(sameType(a, disguised(a))).toBe(true);
      expect(sameType(a, b)).toBe(printType(a) === printType(b));
      expect(sameType(disguised(a), b)).toBe(sameType(b, a));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["u8", "s8"],
  ["list<u8>", "list<u8, 4>"],
  ["list<u8, 4>", "list<u8, 5>"],
  ["result", "result<u8>"],
  ["result<u8>", "result<_, u8>"],
  ["option<u8>", "u8"],
  ["tuple<u8>", "tuple<u8, u8>"],
  ["tuple<u8>", "record { a: u8 }"],
  ["record { a: u8, b: u8 }", "record { b: u8, a: u8 }"],
  ["record { a: u8 }", "record { a: u8, b: u8 }"],
  ["enum { a, b }", "enum { b, a }"],
  ["enum { a, b }", "flags { a, b }"],
  ["enum { a, b }", "variant { a, b }"],
  ["variant { a, b }", "variant { a, b(u8) }"],
  ["list<list<u8>>", "list<list<u16>>"],
])("%s is not %s", (a, b) => {
  const [left, right] = [a, b].map((text) => parseFunctionType(`func() -> ${text}`).result!);
  expect(sameType(left!, right!)).toBe(false);
});

test("parameter names count only when asked for", () => {
  const [a, b] = [parseFunctionType("func(a: u8) -> u8"), parseFunctionType("func(b: u8) -> u8")];
  expect(sameFunctionType(a, b)).toBe(true);
  expect(sameFunctionType(a, b, { parameterNames: true })).toBe(false);
  expect(sameFunctionType(a, parseFunctionType("func(a: u8)"))).toBe(false);
  expect(sameFunctionType(a, parseFunctionType("func() -> u8"))).toBe(false);
  expect(sameFunctionType(a, parseFunctionType("func(a: u8) -> s8"))).toBe(false);
});

test("resources are the same by name, compatible interface and direction", () => {
  const handle = (name: string, of: Owner, kind: "own" | "borrow" = "own"): ValueType => ({
    kind,
    resource: { name, owner: of, body: { kind: "resource" } },
  });
  const file = handle("file", { interface: "acme:fs/types@0.2.0", direction: "import" });
  expect(sameType(file, handle("file", { interface: "acme:fs/types@0.2.7", direction: "import" }))).toBe(
    true,
  );
  for (const other of [
    handle("file", { interface: "acme:fs/types@0.3.0", direction: "import" }),
    handle("file", { interface: "acme:fs/types@0.2.0", direction: "export" }),
    handle("file", { direction: "import" }),
    handle("dir", { interface: "acme:fs/types@0.2.0", direction: "import" }),
    handle("file", { interface: "acme:fs/types@0.2.0", direction: "import" }, "borrow"),
  ]) {
    expect(sameType(file, other)).toBe(false);
  }
});

test("types that share their parts exponentially are compared at once", () => {
  const doubling = (leaf: ValueType) => {
    let type = leaf;
    for (let i = 0; i < 90; i++) type = ref({ kind: "tuple", elements: [type, type] });
    return type;
  };
  expect(sameType(doubling({ kind: "u8" }), doubling({ kind: "u8" }))).toBe(true);
  expect(sameType(doubling({ kind: "u8" }), doubling({ kind: "s8" }))).toBe(false);
});

test.each([
  ["wasi:clocks/wall-clock@0.2.3", "wasi:clocks/wall-clock@0.2"],
  ["a:b/c@1.4.2-rc.1+build", "a:b/c@1"],
  ["a:b/c@0.0.3", "a:b/c@0.0.3"],
  ["a:b/c@0.0.3-alpha", "a:b/c@0.0.3"],
  ["a:b/c@12.0.0", "a:b/c@12"],
  ["a:b/c", "a:b/c"],
  ["plain", "plain"],
])("%s is canonically %s", (id, canonical) => {
  expect(canonicalInterfaceName(id)).toBe(canonical);
});
