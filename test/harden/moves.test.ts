/** Places in hardened code, and where they lay before. */
import { describe, expect, it } from "vitest";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import { harden } from "../../host/harden/harden.ts";
import { placeBefore } from "../../host/harden/moves.ts";
import { readOutline } from "../../host/harden/scan/outline.ts";
import { coreReader } from "../../host/wasm/core-reader.ts";
import { leb, section } from "../guests/core-bytes.ts";
import { name } from "../guests/hostile-text.ts";
import { added, assemble, plenty, start } from "../support/hardened.ts";

let places = 0;
/** Traps where `run` is given its number; the numbers count from 0. */
const place = () => `(if (i32.eq (local.get $at) (i32.const ${places++})) (then (unreachable)))`;

const loop = (label: string, body: string) => `
  (local.set $i (i32.const 3))
  (loop ${label} ${body}
    (local.set $i (i32.sub (local.get $i) (i32.const 1)))
    (br_if ${label} (i32.gt_s (local.get $i) (i32.const 0))))`;

const program = `(module
  (import "host" "log" (func $log))
  (import "host" "more" (func $more))
  (import "host" "base" (global $base i32))
  (memory 1 4)
  (global $own (mut i32) (i32.const 1))
  (func $leaf (param $at i32) (result i32) ${place()} (global.get $own))
  (func $runs (export "run") (param $at i32) (result i32) (local $i i32) (local $n i32)
    ${place()}
    (local.set $n (i32.add (global.get $base) (global.get $own)))
    ${place()}
    ${loop("$tight", place())}
    ${loop("$calls", `(drop (call $leaf (local.get $at))) (call $log) ${place()}`)}
    ${loop(
      "$outer",
      `(local.set $n (i32.const 2)) ${place()}
      (block $out (loop $inner ${place()} (br_if $out (i32.eqz (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br $inner))) ${place()}`,
    )}
    (memory.fill (i32.const 0) (i32.const 1) (local.get $n))
    ${place()}
    (drop (memory.grow (i32.const 1)))
    ${place()}
    (block $a (block $b (br_table $b $a (i32.const 0))) ${place()})
    (drop (i32.load (select (i32.const -1) (i32.const 0) (i32.eq (local.get $at) (i32.const 100)))))
    (drop (i32.div_u (i32.const 1) (i32.ne (local.get $at) (i32.const 101))))
    ${place()}
    (i32.const -1)))`;

const imports = { host: { log() {}, more() {}, base: 7 } };

function lined(content: readonly number[] = [1, 0, 0, 0]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...assemble(program), ...section(0, [...name("hotcell:lines"), ...content])]);
}

/** The function and the offset that V8 says a call trapped at. */
function trapped(call: () => unknown) {
  try {
    call();
  } catch (error) {
    const [, url, index, offset] = /wasm:\/\/wasm\/(\S*?):?wasm-function\[(\d+)\]:(0x[0-9a-f]+)/.exec(
      (error as Error).stack!,
    )!;
    return { url: url!, index: Number(index), offset: Number(offset) };
  }
  throw new Error("it did not trap");
}

/** Where bodies begin. */
function bodies(bytes: Uint8Array): number[] {
  const { start: from, end } = readOutline(bytes).sections.get(10)!;
  const reader = coreReader(bytes, from, end);
  return Array.from({ length: reader.u32() }, () => {
    const size = reader.u32();
    reader.skip(size);
    return reader.at - size;
  });
}

describe("a place in hardened code", () => {
  const bytes = lined();
  const plain = start(bytes, imports);
  const { bytes: hardened, info } = harden(bytes);
  const fuel = new Fuel();
  fuel.set(plenty);
  const metered = start(hardened, { ...imports, ...added(fuel) });

  it.each([...Array(places).keys(), 100, 101])("leads to where it lay before: %i", (at) => {
    const expected = trapped(() => plain.run(at));
    const actual = trapped(() => metered.run(at));
    expect(actual.index).toBe(expected.index);
    expect(actual.offset).not.toBe(expected.offset);
    expect(placeBefore(info.sources!.moves, actual.index, actual.offset)).toEqual({
      defined: expected.index - 2,
      offset: expected.offset - bodies(bytes)[expected.index - 2]!,
    });
  });

  it("is told in a stack by what the module is called then", () => {
    const { url } = trapped(() => metered.run(0));
    expect(url).toMatch(new RegExp(`^${info.sources!.module}-[0-9a-f]+$`));
    expect(harden(lined([1, 0, 0, 1, 0])).info.sources!.module).not.toBe(info.sources!.module);
  });

  it("is looked for only in functions that are there", () => {
    const { moves } = info.sources!;
    for (const index of [-1, 0, 1, 4, 1e9]) expect(placeBefore(moves, index, 1e6)).toBeUndefined();
    expect(placeBefore(moves, 2, 0)).toBeUndefined();
  });

  it("is kept for modules only that say where their code comes from, within bounds", () => {
    expect(harden(assemble(program)).info.sources).toBeUndefined();
    expect(harden(lined([...leb(2 ** 20)])).info.sources).toBeDefined();
    expect(harden(lined(new Array(2 ** 20 + 1).fill(1))).info.sources).toBeUndefined();
  });
});
