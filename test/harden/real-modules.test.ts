/** Modules of other toolchains, as they come with the packages this one is developed with. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import { harden } from "../../host/harden/harden.ts";
import { added, plenty } from "../support/hardened.ts";

const packages = join(import.meta.dirname, "../../node_modules");
const files = [...walk(packages)].map((file) => relative(packages, file));

/** Not through links: packages link to each other, and in circles. */
function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

interface Found {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function isCoreModule(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 8)).equals(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
}

/** Files of their own, and such as are written into scripts in base64. */
function* find(): Generator<Found> {
  for (const file of files.filter((name) => name.endsWith(".wasm"))) {
    yield { name: file, bytes: new Uint8Array(readFileSync(join(packages, file))) };
  }
  for (const file of files.filter((name) => /(es-module-lexer|jco-transpile|vite)\/.*\.m?js$/.test(name))) {
    const text = readFileSync(join(packages, file), "latin1");
    let index = 0;
    for (const [base64] of text.matchAll(/AGFzbQEAAAA[\w+/]{20,}=*/g)) {
      yield { name: `${file} #${index++}`, bytes: new Uint8Array(Buffer.from(base64, "base64")) };
    }
  }
}

describe("a real module", () => {
  it("passes the default limits, and is as valid as it was", () => {
    const different = new Map<string, Found>();
    for (const found of find()) {
      if (!isCoreModule(found.bytes)) continue;
      different.set(`${found.bytes.length} ${found.bytes.at(-5)}`, found);
    }
    expect(different.size).toBeGreaterThanOrEqual(15);
    for (const { name, bytes } of different.values()) {
      const hardened = harden(bytes);
      const [before, after] = [bytes, hardened.bytes].map((from) => new WebAssembly.Module(from!));
      const exports = (module: WebAssembly.Module) =>
        WebAssembly.Module.exports(module).filter((one) => !one.name.startsWith("\0"));
      expect(exports(after!), name).toEqual(exports(before!));
      // Calls of them are compiled when first called; this compiles all at once.
      expect(WebAssembly.validate(hardened.bytes), name).toBe(true);
    }
  }, 240_000);
});

/** Everything that is compiled meanwhile is hardened. */
describe("a package whose modules are hardened", () => {
  const { compile, instantiate } = WebAssembly as unknown as Record<
    "compile" | "instantiate",
    // biome-ignore lint/suspicious/noExplicitAny: overloaded functions of the platform.
    (...args: any[]) => Promise<any>
  >;
  const fuel = new Fuel();
  let hardened = 0;
  const limits = { memoryPages: 65_536, tableElements: 1_000_000 };

  beforeAll(() => {
    fuel.set(plenty);
    Object.assign(WebAssembly, {
      compile: (bytes: Uint8Array) => {
        hardened++;
        return compile(harden(new Uint8Array(bytes), { limits }).bytes);
      },
      instantiate: async (what: unknown, imports: WebAssembly.Imports = {}) => {
        if (what instanceof WebAssembly.Module) return instantiate(what, { ...imports, ...added(fuel) });
        hardened++;
        const { bytes } = harden(new Uint8Array(what as Uint8Array), { limits });
        return instantiate(bytes, { ...imports, ...added(fuel) });
      },
    });
  });
  afterAll(() => {
    Object.assign(WebAssembly, { compile, instantiate });
  });

  const require = createRequire(import.meta.url);
  async function both<T>(path: string): Promise<{ plain: T; metered: T }> {
    const url = pathToFileURL(path).href;
    const before = hardened;
    const metered = (await import(/* @vite-ignore */ `${url}?hardened`)) as T & {
      init?: unknown;
      $init?: unknown;
    };
    await (metered.init ?? metered.$init);
    expect(hardened).toBeGreaterThan(before);
    const patched = {
      compile: WebAssembly.compile,
      instantiate: (WebAssembly as unknown as { instantiate: unknown }).instantiate,
    };
    Object.assign(WebAssembly, { compile, instantiate });
    const plain = (await import(/* @vite-ignore */ `${url}?plain`)) as T & {
      init?: unknown;
      $init?: unknown;
    };
    await (plain.init ?? plain.$init);
    Object.assign(WebAssembly, patched);
    return { plain, metered };
  }

  it("lexes JavaScript the same (C, clang)", async () => {
    interface Lexer {
      parse(source: string): unknown;
    }
    const { plain, metered } = await both<Lexer>(join(packages, "es-module-lexer/dist/lexer.js"));
    for (const file of ["hono/dist/hono.js", "fast-check/lib/fast-check.js", "valibot/dist/index.mjs"]) {
      const source = readFileSync(join(packages, file), "utf8");
      expect(metered.parse(source)).toEqual(plain.parse(source));
    }
  });

  it("parses WebAssembly text the same (Rust, a component)", async () => {
    interface Tools {
      tools: { parse(text: string): Uint8Array; print(binary: Uint8Array): string };
    }
    const entry = require.resolve("@bytecodealliance/jco-transpile");
    const { plain, metered } = await both<Tools>(join(entry, "../../vendor/wasm-tools.js"));
    const text = `(module (memory 1) ${"(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 7)))".repeat(300)})`;
    const binary = metered.tools.parse(text);
    expect(Buffer.compare(binary, plain.tools.parse(text))).toBe(0);
    expect(metered.tools.print(binary)).toBe(plain.tools.print(binary));
    expect(() => metered.tools.parse("(module (")).toThrow(/expected|unexpected/);
  });

  it("optimizes the same (C++, Emscripten)", async () => {
    interface Binaryen {
      default: {
        parseText(text: string): {
          optimize(): void;
          emitText(): string;
          emitBinary(): Uint8Array;
          dispose(): void;
        };
      };
    }
    const { plain, metered } = await both<Binaryen>(join(packages, "binaryen/index.js"));
    const text = `(module (memory 1) (export "f" (func $f)) (func $f (param i32) (result i32) (local i32)
      (loop $l (local.set 1 (i32.add (local.get 1) (i32.mul (local.get 0) (i32.const 8))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))`;
    const [first, second] = [plain, metered].map(({ default: binaryen }) => {
      const module = binaryen.parseText(text);
      module.optimize();
      return [module.emitText(), ...module.emitBinary()];
    });
    expect(second).toEqual(first);
  });
});
