/** Hostile components as text and as bytes. */
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { leb, section } from "./core-bytes.ts";
import { component } from "./small-plugins.ts";

const { parse } = await loadWasmTools();

/** Gives out memory from 4 KiB upwards, and never more than there is. */
const bump = `
  (global $top (mut i32) (i32.const 4096))
  (func $realloc (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
    (result i32) (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.get $at))`;

export interface GuestOptions {
  /** Definitions of the component before its core module. */
  readonly before?: string;
  /** Limits of the memory, in pages. */
  readonly memory?: string;
  /** The `realloc` in place of one that allocates upwards. */
  readonly realloc?: string;
  /** Imports of the core module. */
  readonly imports?: string;
  /** `with` arguments of its instantiation. */
  readonly supplied?: string;
  readonly encoding?: string;
  /** More options of every `canon lift`. */
  readonly options?: string;
  /** Definitions of the component after its exports. */
  readonly after?: string;
}

/** A component of one core module; `exports` are its lifted functions, by name: `(param …) (result …)`. */
export function guest(
  functions: string,
  exports: Readonly<Record<string, string>> = { go: "" },
  options: GuestOptions = {},
): () => Uint8Array<ArrayBuffer> {
  const { before = "", memory = "1", realloc = bump, imports = "", supplied = "", after = "" } = options;
  const { encoding = "utf8", options: more = "" } = options;
  const lifted = Object.entries(exports).map(
    ([name, type]) => `(func (export "${name}") ${type} (canon lift (core func $m "${name}")
      (memory $memory) (realloc $realloc) string-encoding=${encoding} ${more}))`,
  );
  return text(`${before}
    (core module $M ${imports} (memory (export "memory") ${memory}) ${realloc} ${functions})
    (core instance $m (instantiate $M ${supplied}))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    ${lifted.join("\n")} ${after}`);
}

/** `(component BODY)` as a binary. */
export function text(body: string): () => Uint8Array<ArrayBuffer> {
  return () => component(body);
}

/** A core function `name` that returns the address of these words, laid out at 16. */
export function returning(words: readonly (number | string)[], name = "go"): string {
  const stores = words.map(
    (word, i) => `(i32.store (i32.const ${16 + 4 * i}) (i32.const ${word === "" ? 0 : word}))`,
  );
  return `(func (export "${name}") (result i32) ${stores.join(" ")} (i32.const 16))`;
}

/** Imported functions for `guest`: core functions of the component's, by name, with their core types. */
export function importing(
  functions: Readonly<Record<string, string>>,
): Required<Pick<GuestOptions, "imports" | "supplied">> {
  const names = Object.keys(functions);
  return {
    imports: names.map((name) => `(import "env" "${name}" (func $${name} ${functions[name]}))`).join(" "),
    supplied: `(with "env" (instance ${names.map((name) => `(export "${name}" (func $${name}))`).join(" ")}))`,
  };
}

/** Memory and `realloc` of a module of their own, `$memory` and `$realloc`, for components that lower imports. */
export const shared = `
  (core module $Memory (memory (export "memory") 2) ${bump})
  (core instance $shared (instantiate $Memory))
  (alias core export $shared "memory" (core memory $memory))
  (alias core export $shared "realloc" (core func $realloc))`;

export const componentPreamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/** A component of these sections. */
export function sections(...contents: readonly (readonly number[])[]): () => Uint8Array<ArrayBuffer> {
  return () => concatenate([componentPreamble, ...contents]);
}

/** A component whose one core module this is. */
export function wrapped(module: Uint8Array): () => Uint8Array<ArrayBuffer> {
  return () => concatenate([componentPreamble, [0x01, ...leb(module.length)], module]);
}

/** A component that exports the function `go` of this core module. */
export function lifting(module: () => Uint8Array): () => Uint8Array<ArrayBuffer> {
  const small = '(func (export "go"))';
  return () => {
    const outer = text(`(core module $M ${small}) (core instance $m (instantiate $M))
      (func (export "go") (canon lift (core func $m "go")))`)();
    const inner = new Uint8Array(parse(`(module $M ${small})`));
    const hole = Buffer.from([0x01, ...leb(inner.length), ...inner]);
    const at = Buffer.from(outer).indexOf(hole);
    const bytes = module();
    const head = [0x01, ...leb(bytes.length)];
    return concatenate([outer.subarray(0, at), head, bytes, outer.subarray(at + hole.length)]);
  };
}

/** A section with so many entries. */
export function vector(id: number, entries: readonly (readonly number[])[]): number[] {
  return section(id, [...leb(entries.length), ...entries.flat()]);
}

/** A name with its length in bytes. */
export function name(spoken: string): number[] {
  const bytes = new TextEncoder().encode(spoken);
  return [...leb(bytes.length), ...bytes];
}

export function many<T>(count: number, entry: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => entry(i));
}

function concatenate(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

/** A memory `$memory` of so many pages, and a `$realloc` by which whatever the host gives lies at that address, again and again. */
export const givenMemory = (pages: number, address: number) => `
  (core module $Memory (memory (export "memory") ${pages})
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const ${address})))
  (core instance $shared (instantiate $Memory))
  (alias core export $shared "memory" (core memory $memory))
  (alias core export $shared "realloc" (core func $realloc))`;
