/** Docs and metadata that components carry, from our toolchain and others', and from whoever means harm. */
import { describe, expect, it, test } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { functionDocs, typeDocs } from "../../host/wit/docs.ts";
import { printWorld } from "../../host/wit/text/print.ts";
import { dummyModule, wrap } from "../support/oracle.ts";
import { type CustomSections, packageDocs, withSections } from "./custom-sections.ts";

const bytes = wrap(
  dummyModule(`package acme:shop@1.2.0;
  interface rates { record quote { sum: u32 } look: func(q: quote) -> u32; }
  world shop {
    export rates;
    export inline: interface { f: func(); }
    enum color { red, blue }
    import greet: func();
    export greet: func(name: string) -> string;
    export paint: func(c: color);
  }`),
);
const rates = "acme:shop/rates@1.2.0";
const inspect = (...sections: CustomSections) => inspectComponent(withSections(bytes, sections));
const docsSection = (json: unknown, version?: number) =>
  inspect(["package-docs", packageDocs(json, version)]);

describe("docs", () => {
  it("are absent where there are none", () => {
    const { world, notes } = inspectComponent(bytes);
    expect("docs" in world).toBe(false);
    expect(notes).toEqual([]);
    expect(functionDocs(world, { name: "greet" })).toBeUndefined();
  });

  it("of version 1 are read: of the world, its functions, types and inline interfaces", () => {
    const { world, notes } = docsSection({
      worlds: {
        root: {
          docs: "A shop.",
          funcs: { greet: "Greets the host." },
          func_exports: { greet: { docs: "Greets.\n\nTwice.", stability: { stable: { since: "1.0.0" } } } },
          types: { color: { docs: "What it looks like.", items: { red: "As a rose." } } },
          interface_exports: { inline: { docs: "Within.", funcs: { f: { docs: "Does f." } } } },
          interface_export_stability: {},
        },
      },
    });
    expect(notes).toEqual([]);
    expect(world.docs?.docs).toBe("A shop.");
    expect(functionDocs(world, { name: "greet" })).toBe("Greets.\n\nTwice.");
    expect(functionDocs(world, { name: "f", interface: "inline" })).toBe("Does f.");
    const color = { name: "color", owner: { direction: "export" }, body: { kind: "u8" } } as const;
    expect(typeDocs(world, color)).toEqual({
      docs: "What it looks like.",
      items: new Map([["red", "As a rose."]]),
    });
  });

  it("of version 0 are read, whose items are texts and whose interfaces are named by themselves", () => {
    const { world } = docsSection(
      {
        docs: "The package.",
        worlds: {
          root: { funcs: { paint: "Paints." }, interfaces: { inline: { funcs: { f: "Does f." } } } },
        },
        interfaces: { rates: { docs: "Rates.", funcs: { look: "Looks up." } } },
      },
      0,
    );
    expect(functionDocs(world, { name: "paint" })).toBe("Paints.");
    expect(functionDocs(world, { name: "f", interface: "inline" })).toBe("Does f.");
    expect(functionDocs(world, { name: "look", interface: rates })).toBe("Looks up.");
  });

  it("of newer tools are read, which write a section for each package", () => {
    const { world } = inspect(
      [
        "package-docs",
        packageDocs({ package: "acme:shop@1.2.0", interfaces: { rates: { funcs: { look: "Looks." } } } }),
      ],
      ["package-docs", packageDocs({ package: "other:shop", interfaces: { rates: { docs: "Of others." } } })],
      ["package-docs", packageDocs({ package: "root:component", worlds: { root: { docs: "A shop." } } })],
    );
    expect(world.docs?.docs).toBe("A shop.");
    expect([...(world.docs?.interfaces.keys() ?? [])]).toEqual([rates]);
    expect(functionDocs(world, { name: "look", interface: rates })).toBe("Looks.");
  });

  it("of named interfaces are in a section of ours", () => {
    const types = { quote: { docs: "A price.", items: { sum: "Cents." } } };
    const { world } = inspect([
      "hotcell:interface-docs",
      packageDocs({
        interfaces: { [rates]: { docs: "Rates.", types }, "no:such/one": { docs: "Nothing." } },
      }),
    ]);
    expect(world.docs?.interfaces.get(rates)).toEqual({
      docs: "Rates.",
      functions: new Map(),
      types: new Map([["quote", { docs: "A price.", items: new Map([["sum", "Cents."]]) }]]),
    });
  });

  it.each<[string, unknown, number | undefined, string]>([
    ["no JSON", "{", 1, "it is no JSON in UTF-8"],
    ["no object", [], 1, "it is no JSON object"],
    ["of a version that is not known", {}, 2, "its version is 2, known are 0 and 1"],
    ["too long", { docs: "x".repeat(300_000) }, 1, "all docs may have 262144 bytes together"],
  ])("that are %s are ignored, with a note", (_, json, version, why) => {
    const { world, notes } = docsSection(json, version);
    expect(world.docs).toBeUndefined();
    expect(notes).toEqual([`The docs in section package-docs are ignored: ${why}.`]);
  });

  it("of many sections are bounded together, and so are the notes", () => {
    const docs = (text: string) => packageDocs({ worlds: { root: { docs: text } } });
    const many = Array.from({ length: 100 }, () => ["package-docs", docs("x".repeat(200_000))] as const);
    const { world, notes } = inspect(["package-docs", docs("First.")], ...many);
    expect(world.docs?.docs).toBe("x".repeat(200_000));
    expect(notes).toHaveLength(4);
  });

  it("lose what acts on terminals, and words of the language are names like others", () => {
    const { world } = docsSection(
      `{"worlds":{"root":{"docs":"a\\u001b[31m\\u202eb\\u0000\\n\\tc\\ud800","func_exports":{"__proto__":"x","constructor":{"docs":1}},"types":{"color":{"items":{"__proto__":"y"}}}}}}`,
    );
    expect(world.docs?.docs).toBe("a[31mb\n\tc\ufffd");
    expect(world.docs?.functions.get("__proto__")).toBe("x");
    expect(functionDocs(world, { name: "constructor" })).toBeUndefined();
    expect(functionDocs(world, { name: "toString" })).toBeUndefined();
  });

  it.each([
    [[]],
    [null],
    [{ worlds: [] }],
    [{ worlds: { root: 1 }, interfaces: { rates: [] } }],
    [{ worlds: { root: { docs: {}, funcs: [1], types: { color: null }, interfaces: { inline: 7 } } } }],
    [{ worlds: { root: { types: { color: { items: [null] } } } }, package: 3 }],
  ])("of any JSON are taken apart: %j", (json) => {
    expect(docsSection(json).world.docs).toBeUndefined();
  });
});

describe("metadata", () => {
  const producers = new Uint8Array([
    ...[1, 8, ...Buffer.from("language"), 1, 4, ...Buffer.from("Rust"), 4, ...Buffer.from("1.90")],
  ]);

  test("is what the sections say, the last of each", () => {
    const { metadata, notes } = inspect(
      ["version", "0.9.0"],
      ["version", "1.0.0"],
      ["authors", "Ada <ada@example.com>"],
      ["description", " Prices\u0007\nof a shop "],
      ["licenses", "Apache-2.0 OR MIT"],
      ["homepage", "https://example.com"],
      ["source", "https://example.com/shop"],
      ["revision", "abc"],
      ["component-name", new Uint8Array([0, 5, 4, ...Buffer.from("shop")])],
      ["producers", producers],
    );
    expect(notes).toEqual([]);
    expect(metadata).toEqual({
      name: "shop",
      version: "1.0.0",
      authors: "Ada <ada@example.com>",
      description: "Prices of a shop",
      licenses: "Apache-2.0 OR MIT",
      homepage: "https://example.com",
      source: "https://example.com/shop",
      revision: "abc",
      producers: { language: { Rust: "1.90" } },
    });
  });

  test.each<[string, Uint8Array | string, string]>([
    ["description", "x".repeat(9_000), "it has 9000 bytes of at most 8192"],
    ["version", new Uint8Array([0xff]), "it is no UTF-8"],
    ["producers", new Uint8Array([9]), "it is malformed"],
    [
      "producers",
      new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x0f, ...new Array(1_000).fill(0)]),
      "it names more than 200 tools",
    ],
    ["component-name", new Uint8Array([0, 5, 4]), "it is malformed"],
  ])("that is broken is ignored, with a note: %s", (name, content, why) => {
    const { notes, metadata } = inspect([name, content]);
    expect(notes).toEqual([`The section ${name} is ignored: ${why}.`]);
    expect(metadata).toEqual(inspectComponent(bytes).metadata);
  });
});

test("docs are printed with the world, as comments that WIT tools read back", () => {
  const documented = inspect(
    [
      "package-docs",
      packageDocs({
        worlds: {
          root: {
            docs: "A shop.\n\nOf /* things */.",
            func_exports: { greet: "Greets." },
            types: { color: { docs: "A color.", items: { red: "As a rose." } } },
            interface_exports: { inline: { docs: "Within.", funcs: { f: "Does f." } } },
          },
        },
      }),
    ],
    [
      "hotcell:interface-docs",
      packageDocs({
        interfaces: {
          [rates]: {
            docs: "Rates.",
            funcs: { look: "Looks." },
            types: { quote: { items: { sum: "Cents." } } },
          },
        },
      }),
    ],
  );
  const text = printWorld(documented.world);
  expect(text).toBe(`package root:component;

/// A shop.
///
/// Of /* things */.
world root {
  /// A color.
  enum color {
    /// As a rose.
    red,
    blue,
  }

  import greet: func();

  /// Greets.
  export greet: func(name: string) -> string;
  export paint: func(c: color);
  export acme:shop/rates@1.2.0;
  /// Within.
  export inline: interface {
    /// Does f.
    f: func();
  }
}

package acme:shop@1.2.0 {
  /// Rates.
  interface rates {
    record quote {
      /// Cents.
      sum: u32,
    }
    /// Looks.
    look: func(q: quote) -> u32;
  }
}
`);
  dummyModule(text, "root");
});
