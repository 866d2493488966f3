import { readFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { build, removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const files = {
  "wit/world.wit": `package demo:shop;
world shop {
  import log: func(text: string);
  export price: func(quantity: s32, name: string) -> u32;
}`,
  "assembly/index.ts": `import { log } from "wit-world";
export function price(quantity: i32, name: string): u32 {
  log("price of " + name);
  return look(quantity);
}
function look(quantity: i32): u32 {
  if (quantity > 5) {
    unreachable();
  }
  return load<u32>(quantity);
}
`,
};

// Lines and columns count from 0 in source maps.
const traps = [
  { quantity: 6, source: "assembly/index.ts", line: 7, column: 4 },
  { quantity: -1, source: "assembly/index.ts", line: 9, column: 9 },
];

test.each([
  ["debug", ["--debug"]],
  ["release", ["-O3", "--converge"]],
])("the offset of a trap leads to its line, %s", async (_, options) => {
  const { component, folder } = await build({ files, options: [...options, "--sourceMap"] });
  const payload = JSON.parse(await readFile(join(folder, "plugin.wasm.map"), "utf8")) as SourceMapPayload & {
    x_coreModuleOffset: number;
  };
  const core = inspectComponent(component!).definition.definitions.find((d) => d.kind === "core-module")!;
  const module = new WebAssembly.Module(new Uint8Array(core.module.bytes));

  const [url] = WebAssembly.Module.customSections(module, "sourceMappingURL");
  expect(Buffer.from(url!).subarray(1).toString()).toBe("./plugin.wasm.map");

  const place = component!.subarray(payload.x_coreModuleOffset);
  expect(Buffer.compare(place.subarray(0, core.module.bytes.length), core.module.bytes)).toBe(0);

  const map = new SourceMap(payload);
  const { exports } = new WebAssembly.Instance(module, { $root: { log() {} } });
  for (const { quantity, source, line, column } of traps) {
    const offset = trapOffset(() => (exports.price as (...args: number[]) => number)(quantity, 0, 0));
    expect(map.findEntry(0, offset)).toMatchObject({
      originalSource: source,
      originalLine: line,
      originalColumn: column,
    });
  }
});

/** Where in its core module V8 says that a call trapped. */
function trapOffset(call: () => unknown): number {
  try {
    call();
  } catch (error) {
    const [, offset] = /wasm-function\[\d+\]:0x([0-9a-f]+)/.exec((error as Error).stack!)!;
    return Number.parseInt(offset!, 16);
  }
  throw new Error("it did not trap");
}
