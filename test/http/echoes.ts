/** A component that gives back what it gets, for any WIT types: what goes in comes out through the whole ABI. */
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { flatten } from "../../host/wit/layout.ts";
import { section } from "../guests/core-bytes.ts";
import { name } from "../guests/hostile-text.ts";
import { componentTypeOf, dummyModule, wrap } from "../support/oracle.ts";

const { parse } = await loadWasmTools();

/**
 * A component whose function `echo-N` of the interface `docs:forms/types` takes `v`, of the N-th of `types`, and returns it
 * as the one part of a tuple: a `result` would be the outcome of the call. `definitions` are WIT that the types refer to.
 */
export function echoes(definitions: string, types: readonly string[]): Uint8Array<ArrayBuffer> {
  // So many that all of them lie in memory, where the value is what is returned. They may be left out.
  const pad = Array.from({ length: 8 }, (_, i) => `, pad-${"abcdefgh"[i]}: option<u64>`).join("");
  const wit = (padded: (i: number) => boolean) => `
    package docs:forms;
    interface types {
      ${definitions}
      ${types.map((type, i) => `echo-${i}: func(v: ${type}${padded(i) ? pad : ""}) -> tuple<${type}>;`).join("\n")}
    }
    world w { export types; }`;
  const typesOf = (text: string) =>
    exportedFunctions(inspectComponent(wrap(dummyModule(text))).world).map(
      ({ type }) => type.parameters[0]!.type,
    );
  const flat = typesOf(wit(() => false)).map(flatten);
  const text = wit((i) => flat[i]!.length > 1);
  const functions = flat.map(([first = "i32", ...more], i) => {
    const core = more.length > 0 ? "i32" : first;
    return `(func (export "docs:forms/types#echo-${i}") (param ${core}) (result ${core}) (local.get 0))`;
  });
  const module = parse(`(module
    (memory (export "memory") 16)
    (global $top (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
      (global.set $top (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    ${functions.join("\n")})`);
  const world = section(0, [...name("component-type"), ...componentTypeOf(dummyModule(text))]);
  return new Uint8Array(wrap(Buffer.concat([module, Uint8Array.from(world)])));
}
