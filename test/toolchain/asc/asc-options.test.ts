/** Every option that asc has: it does what asc says, or is refused with what to do instead, before anything is written. */

import { readdir } from "node:fs/promises";
import asc from "assemblyscript/asc";
import { afterAll, describe, expect, test } from "vitest";
import { open } from "../../../host/open.ts";
import { build, removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const files = {
  "wit/world.wit": `package demo:o;
    world o {
      export join: func(words: list<string>) -> string;
      export sum: func(n: u32) -> f64;
    }`,
  "assembly/index.ts": `
    export function join(words: string[]): string {
      return words.map<string>((word) => word + "!").join(",");
    }
    export function sum(n: u32): f64 {
      let sum: f64 = 0;
      for (let i: u32 = 0; i < n; i++) sum += i;
      assert(sum < 1000, "too much");
      return sum;
    }`,
  "library/twice.ts": "export function twice(n: i32): i32 { return 2 * n; }",
  "own.json": '{ "options": { "optimizeLevel": 2 }, "targets": { "small": { "shrinkLevel": 2 } } }',
};

/** Option → ways to give it that lead to a plugin which works. */
const works: Readonly<Record<string, readonly string[][]>> = {
  config: [["--config", "own.json"]],
  target: [["--config", "own.json", "--target", "small"]],
  optimize: [["-O"], ["-Osize"], ["-Ospeed"], ["-O0"]],
  optimizeLevel: [["--optimizeLevel", "3"]],
  shrinkLevel: [["--shrinkLevel", "2"]],
  converge: [["-O3", "--converge"]],
  noAssert: [["--noAssert"]],
  outFile: [["--outFile", "plugin.wasm"]],
  textFile: [["--textFile", "plugin.wat"]],
  sourceMap: [["--sourceMap"], ["--sourceMap", "https://example.com/plugin.wasm.map"]],
  uncheckedBehavior: [
    ["--uncheckedBehavior", "never"],
    ["--uncheckedBehavior", "always"],
  ],
  debug: [["--debug"]],
  initialMemory: [["--initialMemory", "20"]],
  maximumMemory: [["--maximumMemory", "20"]],
  zeroFilledMemory: [["--zeroFilledMemory"]],
  exportTable: [["--exportTable"]],
  exportStart: [["--exportStart", "go"], ["--exportStart"]],
  runtime: [
    ["--runtime", "incremental"],
    ["--runtime", "minimal"],
    ["--runtime", "stub"],
  ],
  exportRuntime: [["--exportRuntime"]],
  stackSize: [["--stackSize", "4096"]],
  enable: [["--enable", "threads,simd,reference-types,gc,stringref,relaxed-simd"]],
  disable: [["--disable", "mutable-globals,sign-extension,nontrapping-f2i,bulk-memory"]],
  use: [["--use", "Math=JSMath"]],
  lowMemoryLimit: [["--lowMemoryLimit", "60000"]],
  memoryBase: [["--memoryBase", "4096"]],
  tableBase: [["--tableBase", "32"]],
  trapMode: [
    ["--trapMode", "allow"],
    ["--trapMode", "clamp"],
    ["--trapMode", "js"],
  ],
  runPasses: [["--runPasses", "dce,vacuum"]],
  noValidate: [["--noValidate"]],
  baseDir: [[]],
  transform: [[]],
  noColors: [["--noColors"]],
  noUnsafe: [["--noUnsafe"]],
  disableWarning: [["--disableWarning"]],
  pedantic: [["--pedantic"]],
  stats: [["--stats"]],
  lib: [["--lib", new URL("../../../guest-plugins/greet/assembly/index.ts", import.meta.url).pathname]],
  path: [["--path", "library"]],
};

/** Option → how it is given, and what is said. */
const refused: Readonly<Record<string, readonly [string[], string]>> = {
  importMemory: [["--importMemory"], "A component cannot be built with --importMemory."],
  noExportMemory: [["--noExportMemory"], "A component cannot be built with --noExportMemory."],
  sharedMemory: [
    ["--sharedMemory", "--maximumMemory", "9"],
    "A component cannot be built with --sharedMemory.",
  ],
  importTable: [["--importTable"], "A component cannot be built with --importTable."],
  bindings: [["--bindings", "esm"], "A component cannot be built with --bindings."],
};

/** Options with which asc makes no output, or that only its own command line has. */
const noOutput = ["version", "help", "noEmit", "showConfig", "wasm", "binaryFile"];

test("no option of asc is forgotten", () => {
  const shorthand = /^-| /;
  const options = Object.keys(asc.options).filter((name) => !shorthand.test(name));
  const known = [...Object.keys(works), ...Object.keys(refused), ...noOutput];
  expect(options.filter((name) => !known.includes(name))).toEqual([]);
});

describe("works", () => {
  const all = Object.values(works).flat();
  test.each(all.map((options) => [options.join(" ") || "nothing", options] as const))(
    "%s",
    async (_, options) => {
      const { component, output } = await build({ files, options });
      if (!options.includes("--stats")) expect(output).toBe("");
      await using plugin = await open(component!);
      const join = plugin.lookup("join").as<(words: string[]) => string>("func(list<string>) -> string");
      const sum = plugin.lookup("sum").as<(n: number) => number>("func(u32) -> f64");
      expect(join(["a", "b"])).toBe("a!,b!");
      expect(sum(10)).toBe(45);
      if (!options.includes("--noAssert")) expect(() => sum(1000)).toThrow("too much (assembly/index.ts:");
    },
  );
});

describe("refused", () => {
  test.each(Object.entries(refused))("--%s", async (_, [options, said]) => {
    const { component, output, folder } = await build({ files, options });
    expect(component).toBeUndefined();
    expect(output).toContain(said);
    expect(output).toContain("Leave it out, on the command line and in asconfig.json.");
    expect(output).not.toContain("    at ");
    expect((await readdir(folder)).sort()).toEqual(["assembly", "library", "own.json", "wit"]);
  });
});

test("what makes a module that is no component's is told as such, and not as a crash of the compiler", async () => {
  await expect(build({ files, options: ["--runPasses", "minify-imports-and-exports"] })).rejects.toThrow(
    /^asc's module can't be made a component: .*failed to find export of function `(join|sum)`/,
  );
});

describe("@assemblyscript/wasi-shim", () => {
  const shim = new URL("../../../node_modules/@assemblyscript/wasi-shim/asconfig.json", import.meta.url)
    .pathname;

  test("is told to be of no use, and does no harm", async () => {
    const { component, output } = await build({ files, options: ["--config", shim] });
    expect(output).toContain("WARNING AS102: @assemblyscript/wasi-shim is for WASI preview 1");
    await using plugin = await open(component!);
    expect(plugin.lookup("sum").as<(n: number) => number>("func(u32) -> f64")(10)).toBe(45);
  });

  test("what it stands for is bound to the world, or told to be missing from it", async () => {
    const logs = { ...files, "assembly/index.ts": `${files["assembly/index.ts"]}\nconsole.log("started");` };
    const { output } = await build({ files: logs, options: ["--config", shim] });
    expect(output).toContain("console.log() needs wasi:logging/logging, which the world o does not import.");
    expect(output).not.toContain("preview1");
  });

  test("calls of WASI preview 1 are told as such, with what to use", async () => {
    const calls = {
      ...files,
      "assembly/index.ts": `${files["assembly/index.ts"]}
        @external("wasi_snapshot_preview1", "proc_exit") declare function exit(code: i32): void;
        exit(1);`,
    };
    const { output, component } = await build({ files: calls });
    expect(component).toBeUndefined();
    expect(output).toContain("The plugin calls proc_exit of wasi_snapshot_preview1: WASI preview 1");
    expect(output).toContain("assembly/index.ts(");
    expect(output).not.toContain("Declare it in the world");
  });
});

describe("asconfig.json", () => {
  const transform = new URL("../../../guest-plugins/toolchain/transform.ts", import.meta.url).pathname;

  test("names the entry, extends another and has targets; the entry given twice is one", async () => {
    const configured = {
      ...files,
      "asconfig.json": JSON.stringify({ extends: "./base.json", entries: ["assembly/index.ts"] }),
      "base.json": JSON.stringify({
        options: { transform: [transform], runtime: "minimal" },
        targets: { release: { optimizeLevel: 3, noAssert: true } },
      }),
    };
    const { component, output } = await build({ files: configured });
    expect(output).toBe("");
    await using plugin = await open(component!);
    const sum = plugin.lookup("sum").as<(n: number) => number>("func(u32) -> f64");
    expect(sum(1000)).toBe(499500);
  });

  test("a second entry is refused", async () => {
    const { output } = await build({ files, options: ["library/twice.ts"] });
    expect(output).toContain("A plugin has one entry file: library/twice.ts is a second one.");
  });
});

test("what asinit begins with is told what to leave out", async () => {
  const asinit = {
    ...files,
    "asconfig.json": JSON.stringify({
      targets: { release: { outFile: "build/release.wasm", sourceMap: true, optimizeLevel: 3 } },
      options: { bindings: "esm" },
    }),
  };
  const { output } = await build({ files: asinit });
  expect(output).toBe(
    "FAILURE A component cannot be built with --bindings. JavaScript bindings, which asinit asks for, are for core modules. Leave it out, on the command line and in asconfig.json.\n",
  );
});
