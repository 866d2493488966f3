import { afterAll, describe, expect, test } from "vitest";
import { buildTools } from "../../../guest-plugins/toolchain/build-tools.ts";
import { loadWasmTools } from "../../../guest-plugins/toolchain/wasm-tools.ts";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { build, removeTemporaryFolders, run } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const hello = {
  "wit/world.wit":
    "package example:greet@1.0.0;\nworld greet { export greet: func(name: string) -> string; }",
  "assembly/index.ts": `export function greet(name: string): string { return "Hello, " + name + "!"; }`,
};

const coreModules = (component: Uint8Array) =>
  inspectComponent(component).definition.definitions.flatMap((d) =>
    d.kind === "core-module" ? [d.module] : [],
  );

describe("a release build", () => {
  test("of hello world is at most 6,000 bytes in one core module, and says nothing", async () => {
    const { component, output } = await build({ files: hello, options: ["-O3", "--converge"] });
    expect(output).toBe("");
    expect(component!.length).toBeLessThanOrEqual(6000);
    expect(coreModules(component!)).toHaveLength(1);
    const text = Buffer.from(component!).toString("latin1");
    expect(text).not.toMatch(/component-name/);
    const { metadata } = inspectComponent(component!);
    expect(metadata).toEqual({
      producers: {
        language: { AssemblyScript: buildTools.assemblyscript },
        "processed-by": { hotcell: "0.1.0" },
      },
    });
    const { componentWit } = await loadWasmTools();
    expect(componentWit(component!)).toContain("export greet: func(name: string) -> string");
    expect((await run(component!)).call("greet", "Ada")).toBe("Hello, Ada!");
  });

  test("with --debug keeps what tools read", async () => {
    const { component } = await build({ files: hello, options: ["-O3", "--debug"] });
    const module = new WebAssembly.Module(new Uint8Array(coreModules(component!)[0]!.bytes));
    expect(WebAssembly.Module.customSections(module, "name")).toHaveLength(1);
    expect(WebAssembly.Module.customSections(module, "producers")).toHaveLength(1);
  });

  test("runs what an author wrote at the top level where imports work", async () => {
    const files = {
      "wit/world.wit":
        "package a:b;\nworld w { import origin: func() -> string; export first: func() -> string; }",
      "assembly/index.ts": `import { origin } from "wit-world";
const got = origin();
export function first(): string { return got; }`,
    };
    const { component } = await build({ files, options: ["-O3", "--converge"] });
    const { call } = await run(component!, { origin: { default: () => "at the start" } });
    expect(call("first")).toBe("at the start");
  });
});

test.each(["incremental", "minimal", "stub"])(
  "arguments of every size arrive, runtime %s",
  async (runtime) => {
    const files = {
      "wit/world.wit": `package a:b;
world w {
  export measure: func(a: string, b: list<u8>, c: list<string>, d: string) -> string;
}`,
      "assembly/index.ts": `export function measure(a: string, b: Uint8Array, c: string[], d: string): string {
  let sum: u32 = 0;
  for (let i = 0; i < b.length; i++) sum += b[i];
  return a + "|" + b.length.toString() + ":" + sum.toString() + "|" + c.join(",") + "|" + d;
}`,
    };
    const { component } = await build({ files, options: ["-O3", "--runtime", runtime] });
    const { call } = await run(component!);
    // Around what fits the place that arguments are passed in without the heap.
    for (const length of [
      0, 1, 7, 8, 15, 16, 100, 495, 500, 504, 511, 512, 513, 600, 1023, 1024, 1025, 5000,
    ]) {
      const bytes = new Uint8Array(length).fill(3);
      const words = Array.from({ length: length % 40 }, (_, i) => "w".repeat(i));
      const text = "ä".repeat(length);
      expect(call("measure", text, bytes, words, `${length}`)).toBe(
        `${text}|${length}:${3 * length}|${words.join(",")}|${length}`,
      );
    }
  },
);
