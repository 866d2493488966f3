import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeComponentType } from "../../host/component/component-type.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import type { FunctionType, World } from "../../host/wit/model.ts";
import { printWorld } from "../../host/wit/text/print.ts";
import { printFunctionType, printType } from "../../host/wit/text/print-types.ts";
import { anyWit } from "../support/arbitrary-wit.ts";
import { componentTypeOf, dummyModule, wrap } from "../support/oracle.ts";

function decode(wit: string): World {
  return decodeComponentType(componentTypeOf(dummyModule(wit))).world;
}

function functions(wit: string): Record<string, FunctionType> {
  const { exports } = decode(wit);
  return Object.fromEntries(
    exports.flatMap((item) => (item.kind === "function" ? [[item.name, item.type] as const] : [])),
  );
}

describe("printWorld", () => {
  it("writes what WIT tools read back as the same world", () => {
    fc.assert(
      fc.property(anyWit, (wit) => {
        const printed = printWorld(decode(wit));
        expect(printWorld(decode(printed))).toBe(printed);
      }),
      { numRuns: 150 },
    );
  });

  it("writes the world of a component, with the packages it uses", () => {
    fc.assert(
      fc.property(anyWit, (wit) => {
        const printed = printWorld(inspectComponent(wrap(dummyModule(wit))).world);
        expect(printWorld(decode(printed))).toBe(printed);
      }),
      { numRuns: 100 },
    );
  });

  it("writes uses, types, resources and functions like a person would", () => {
    const wit = `package demo:files@1.2.0;

interface types {
  record entry {
    name: string,
    size: u64,
  }
  enum mode {
    read,
    write,
  }
  flags %flags {
    hidden,
    %type,
  }
  variant lookup {
    missing,
    found(entry),
  }
  type entries = list<entry>;
  resource file {
    constructor(name: string);
    read: func(length: u32) -> result<list<u8>, mode>;
    open: static func(name: string, mode: mode) -> option<file>;
  }
  stat: func(f: borrow<file>) -> lookup;
}

world files {
  use types.{entry, file as handle};
  type pair = tuple<entry, list<u8, 4>>;

  import types;
  import log: interface {
    write: func(%func: string);
  }
  import find: func(name: string) -> handle;

  export list-all: func() -> result<_, pair>;
}
`;
    expect(printWorld(decode(wit))).toBe(wit);
  });

  it("merges an interface that is imported and exported, and names interfaces of other packages in full", () => {
    const wit = `package demo:app;
      world app { import acme:kit/a@2.0.0; export acme:kit/a@2.0.0; export acme:kit/b@2.0.0; }
      package acme:kit@2.0.0 {
        interface a { record r { x: f32 } get: func() -> r; }
        interface b { use a.{r}; put: func(r: r); }
      }`;
    expect(printWorld(decode(wit))).toBe(`package demo:app;

world app {
  import acme:kit/a@2.0.0;

  export acme:kit/a@2.0.0;
  export acme:kit/b@2.0.0;
}

package acme:kit@2.0.0 {
  interface a {
    record r {
      x: f32,
    }
    get: func() -> r;
  }

  interface b {
    use a.{r};
    put: func(r: r);
  }
}
`);
  });

  it("escapes every keyword of WIT", () => {
    const words = [
      "use",
      "type",
      "func",
      "u8",
      "f64",
      "char",
      "record",
      "resource",
      "own",
      "borrow",
      "flags",
    ];
    const more = ["variant", "enum", "bool", "string", "option", "result", "future", "stream", "list", "as"];
    const rest = ["from", "static", "interface", "tuple", "world", "import", "export", "package", "include"];
    const all = [...words, ...more, ...rest, "with", "async", "constructor", "error-context"];
    const fields = all.map((word) => `%${word}: u8`).join(", ");
    const wit = `package t:t; interface %interface { record %record { ${fields} } %use: func(%type: %record); }
      world %world { import %interface; }`;
    const printed = printWorld(decode(wit));
    expect(printWorld(decode(printed))).toBe(printed);
  });
});

describe("printFunctionType and printType", () => {
  it("name what has a name", () => {
    const { f } = functions(
      "package t:t; world w { record r { x: u8 } export f: func(a: r, %list: list<u32>) -> result<r, string>; }",
    );
    expect(printFunctionType(f!)).toBe("func(a: r, %list: list<u32>) -> result<r, string>");
    expect(printFunctionType({ parameters: [] })).toBe("func()");
  });

  it("write out what has none", () => {
    const u8 = { kind: "u8" } as const;
    expect(printType({ kind: "record", fields: [{ name: "x", type: u8 }] })).toBe("record { x: u8 }");
    expect(printType({ kind: "variant", cases: [{ name: "a" }, { name: "b", type: u8 }] })).toBe(
      "variant { a, b(u8) }",
    );
    expect(printType({ kind: "enum", names: ["a", "b"] })).toBe("enum { a, b }");
    expect(printType({ kind: "flags", names: ["a"] })).toBe("flags { a }");
    expect(printType({ kind: "result" })).toBe("result");
    expect(printType({ kind: "result", ok: u8 })).toBe("result<u8>");
    expect(printType({ kind: "result", err: u8 })).toBe("result<_, u8>");
  });

  it("write an owned resource as its name", () => {
    const resource = { name: "file", owner: { direction: "import" }, body: { kind: "resource" } } as const;
    expect(printType({ kind: "own", resource })).toBe("file");
    expect(printType({ kind: "borrow", resource })).toBe("borrow<file>");
  });
});
