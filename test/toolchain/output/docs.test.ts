/** Doc comments of a WIT folder and the metadata of a `package.json`, in what asc writes. */
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { examplePlugins } from "../../../guest-plugins/build.ts";
import { withDocs } from "../../../guest-plugins/toolchain/output/docs-sections.ts";
import { loadWasmTools } from "../../../guest-plugins/toolchain/wasm-tools.ts";
import { docsOfWorld } from "../../../guest-plugins/toolchain/world/docs-of-world.ts";
import { resolveWorld } from "../../../guest-plugins/toolchain/world/resolve.ts";
import { decodeComponentType } from "../../../host/component/component-type.ts";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { functionDocs } from "../../../host/wit/docs.ts";
import { anyWit } from "../../support/arbitrary-wit.ts";
import { exampleWasm } from "../../support/examples.ts";
import { build, buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const tools = await loadWasmTools();
const { componentWit } = tools;

const files = {
  "wit/world.wit": `/// A package of a shop.
package acme:shop@1.0.0;

/// Rates, as a customer sees them.
interface rates {
  use acme:base/money@2.0.0.{amount};
  /// A price.
  record quote {
    /// With taxes.
    total: amount,
    // No doc comment.
    reason: option<string>, /** Why not. */ refused: tuple<u8, bool>,
  }
  /// Looks a price up.
  ///
  ///     look("a")
  look: func(of: string) -> quote;
}

// Not a doc comment.
interface never-used { f: func(); }

/// What a shop plugs in.
world shop {
  include base with { old-name as %type, }
  import never-used;
  /** What it is painted in.
   * Indented.
   */
  enum color { /// As a rose.
    red, blue, }
  /// Used by nothing.
  flags unused { a }
  /// Exported.
  export rates;
  /// Greets by name. */ {}
  @since(version = 1.0.0)
  export greet: func(name: string, in: color) -> string;
  /// Written in place.
  export inline: interface {
    /// Runs.
    run: func();
  }
}`,
  "wit/base.wit": `package acme:shop@1.0.0;
/// Of the base alone.
world base {
  /// From the base.
  export old-name: func();
}`,
  "wit/deps/base/money.wit": `package acme:base@2.0.0;
/// Money.
interface money {
  /// Cents.
  type amount = u64;
}`,
};

describe("doc comments of a WIT folder", async () => {
  // Nothing can be built of it, for want of code; the folder is there all the same.
  const { folder } = await build({ files });
  const { docs } = resolveWorld(tools, `${folder}/wit`, "shop").world;
  if (!docs) throw new Error("no docs");

  it("are those before the items of the world, with what it includes, and of its interfaces", () => {
    expect(docs.docs).toBe("What a shop plugs in.");
    expect([...docs.functions]).toEqual([
      ["greet", "Greets by name. */ {}"],
      ["type", "From the base."],
    ]);
    expect([...docs.types]).toEqual([
      ["color", { docs: "What it is painted in.\nIndented.", items: new Map([["red", "As a rose."]]) }],
      ["unused", { docs: "Used by nothing.", items: new Map() }],
    ]);
    expect([...docs.interfaces.keys()].sort()).toEqual([
      "acme:base/money@2.0.0",
      "acme:shop/rates@1.0.0",
      "inline",
    ]);
    expect(docs.interfaces.get("acme:shop/rates@1.0.0")).toEqual({
      docs: "Rates, as a customer sees them.",
      functions: new Map([["look", 'Looks a price up.\n\n    look("a")']]),
      types: new Map([
        [
          "quote",
          {
            docs: "A price.",
            items: new Map([
              ["total", "With taxes."],
              ["refused", "Why not."],
            ]),
          },
        ],
      ]),
    });
  });
});

test("wasm-tools refuse no component for the docs of its world, whatever that has", () => {
  let documented = 0;
  fc.assert(
    fc.property(anyWit, (wit) => {
      let number = 0;
      const text = wit.replaceAll(
        /(?<=[;{},]\s*)(?=(?:record|variant|enum|flags|type|resource|interface|world|export|import|constructor|[a-z]+-?[a-z]*\d+\s*[:,({]))/g,
        () => `\n/// Docs ${number++} of "it".\n`,
      );
      const core = tools.componentEmbed({ witSource: text });
      const component = tools.componentNew(core);
      const [section] = WebAssembly.Module.customSections(
        new WebAssembly.Module(new Uint8Array(core)),
        "component-type",
      );
      const { world } = decodeComponentType(new Uint8Array(section!));
      const docs = docsOfWorld([[{ path: "world.wit", text }]], world);
      const written = withDocs(component, docs, { name: "a", version: "1.0.0" });
      documented += componentWit(written).match(/\/\/\/ Docs \d+ of "it"\./g)?.length ?? 0;
      const read = inspectComponent(written);
      expect(read.notes).toEqual([]);
      expect(read.metadata).toMatchObject({ name: "a", version: "1.0.0" });
    }),
    { numRuns: 60 },
  );
  expect(documented).toBeGreaterThan(100);
});

test.each(await examplePlugins())("wasm-tools read the example %s", (name) => {
  expect(componentWit(exampleWasm(name))).toContain("world root {");
});

describe("what asc writes", async () => {
  const wit = `/// The package.
package acme:shop@1.2.0;
/// Rates.
interface rates {
  /// A price.
  record quote { /// Cents.
    total: u32 }
  /// Looks a price up.
  look: func(of: string) -> quote;
}
interface log { /// Logs.
  log: func(line: string); }
/// What a shop plugs in.
world shop {
  import log;
  /// Says how many there are.
  import count: func() -> u32;
  /// A color.
  enum color { /// As a rose.
    red, blue }
  /// Used by nothing.
  flags unused { a }
  /// Greets by name.
  export greet: func(name: string, in: color) -> string;
  export rates;
  /// In place.
  export inline: interface { /// Runs.
    run: func(); }
}`;
  const source = {
    files: {
      "wit/world.wit": wit,
      "assembly/index.ts": `import { Color } from "wit-world";
import { Quote } from "acme:shop/rates@1.2.0";
export function greet(name: string, color: Color): string { return name; }
export function look(sku: string): Quote { return new Quote(1); }
export function run(): void {}`,
      "package.json": JSON.stringify({
        name: "@acme/shop",
        version: "1.2.0",
        description: "Rates of a shop.",
        author: { name: "Ada", email: "ada@example.com" },
        contributors: ["Grace <grace@example.com>"],
        license: "Apache-2.0",
        homepage: "https://example.com",
        repository: { type: "git", url: "git+https://example.com/acme/shop.git" },
      }),
    },
  };
  const component = await buildComponent(source);
  const { world, metadata, notes } = inspectComponent(component);

  it("has the docs of the world and its functions for wasm-tools, which print them", () => {
    const printed = componentWit(component);
    for (const text of [
      "/// What a shop plugs in.\nworld root {",
      "  /// A color.\n  enum color {\n    /// As a rose.\n    red,",
      "  /// Greets by name.\n  export greet: func",
      "  /// In place.\n  export inline: interface {\n    /// Runs.\n    run: func();",
    ]) {
      expect(printed).toContain(text);
    }
  });

  it("has those of named interfaces too, for the host", () => {
    expect(notes).toEqual([]);
    expect(functionDocs(world, { name: "greet" })).toBe("Greets by name.");
    expect(world.docs?.interfaces.get("acme:shop/rates@1.2.0")).toEqual({
      docs: "Rates.",
      functions: new Map([["look", "Looks a price up."]]),
      types: new Map([["quote", { docs: "A price.", items: new Map([["total", "Cents."]]) }]]),
    });
  });

  it("has no docs of what it does not import after all", () => {
    expect([...(world.docs?.functions.keys() ?? [])]).toEqual(["greet"]);
    expect([...(world.docs?.interfaces.keys() ?? [])]).toEqual(["inline", "acme:shop/rates@1.2.0"]);
  });

  it("has none where the author wants none, and says who made it all the same", async () => {
    const bare = await buildComponent({ ...source, options: ["--use", "hotcell.docs=none"] });
    expect(bare.length).toBeLessThan(component.length);
    expect(inspectComponent(bare)).toMatchObject({ metadata: { name: "@acme/shop" }, notes: [] });
    expect(inspectComponent(bare).world.docs).toBeUndefined();
    expect(componentWit(bare)).not.toContain("///");
    const { output } = await build({ ...source, options: ["--use", "hotcell.docs=all"] });
    expect(output).toContain("hotcell.docs=all. Its only value is none.");
  });

  it("says who made it", () => {
    expect(metadata).toEqual({
      name: "@acme/shop",
      version: "1.2.0",
      description: "Rates of a shop.",
      authors: "Ada <ada@example.com>, Grace <grace@example.com>",
      licenses: "Apache-2.0",
      homepage: "https://example.com",
      source: "https://example.com/acme/shop",
      producers: expect.objectContaining({ language: { AssemblyScript: expect.any(String) } }),
    });
  });

  it.each(["{", "[]", '{"name":1,"author":[],"repository":{}}'])(
    "says nothing where package.json is %s, and keeps other tools' names in a debug build",
    async (text) => {
      const files = { ...source.files, "package.json": text };
      const other = await buildComponent({ files, options: ["--debug"] });
      expect(inspectComponent(other).metadata).toEqual({
        producers: { "processed-by": { "wit-component": expect.any(String) } },
      });
      expect(componentWit(other)).toContain("/// Greets by name.");
    },
  );
});
