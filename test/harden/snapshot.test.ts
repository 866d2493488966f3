import { describe, expect, it } from "vitest";
import { Snapshot } from "../../host/engine/cell/snapshot.ts";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import { resetCosts } from "../../host/fuel-prices.ts";
import { harden } from "../../host/harden/harden.ts";
import { added, assemble, type Exports, plenty, start } from "../support/hardened.ts";

function cell(...texts: readonly string[]): { instances: Exports[]; snapshot: Snapshot } {
  const fuel = new Fuel();
  fuel.set(plenty);
  const started = texts.map((text) => {
    const { bytes, info } = harden(assemble(text));
    return { exports: start(bytes, added(fuel)), info };
  });
  return { instances: started.map(({ exports }) => exports), snapshot: new Snapshot(started) };
}

describe("a snapshot", () => {
  it("undoes whatever was written to memories and globals", () => {
    const { instances, snapshot } = cell(
      `(module (memory 2) (memory 1) (data (i32.const 10) "hello")
        (global $n (mut i64) (i64.const 1))
        (func (export "write") (param i32)
          (i32.store (local.get 0) (i32.const -1)) (i32.store 1 (i32.const 0) (local.get 0))
          (global.set $n (i64.const 2)))
        (func (export "read") (param i32) (result i64)
          (i64.add (global.get $n) (i64.add (i64.load32_u (local.get 0)) (i64.load32_u 1 (i32.const 0))))))`,
    );
    const [guest] = instances;
    const places = [0, 10, 70_000, 131_068];
    const pristine = places.map((at) => guest!.read(at));
    for (const at of places) {
      guest!.write(at);
      expect(guest!.read(at)).not.toEqual(pristine[places.indexOf(at)]);
      expect(snapshot.restore()).toBe(true);
      expect(places.map((place) => guest!.read(place))).toEqual(pristine);
    }
    expect(snapshot.size).toBe(15);
  });

  it("undoes what was written anywhere in a large memory", () => {
    const { instances, snapshot } = cell(
      `(module (memory 40) (data (i32.const 200000) "hello")
        (func (export "write") (param i32) (i32.store8 (local.get 0) (i32.const 255)))
        (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0))))`,
    );
    const [guest] = instances;
    const places = [0, 65_535, 65_536, 200_002, 200_005, 262_143, 262_144, 2_000_000, 2_621_439];
    const pristine = places.map((at) => guest!.read(at));
    for (const at of places) guest!.write(at);
    expect(snapshot.restore()).toBe(true);
    expect(places.map((place) => guest!.read(place))).toEqual(pristine);
    expect(pristine[3]).toBe("l".charCodeAt(0));
    expect(snapshot.size).toBe(36_165);
  });

  it("costs what it takes to put back: memories, globals, instances", () => {
    const cost = (...texts: string[]) => cell(...texts).snapshot.cost;
    const { instance, global, page, farPage, filledPage } = resetCosts;
    expect(cost("(module (memory 3))")).toBe(instance + 3 * page);
    expect(cost("(module (memory 1000))")).toBe(instance + 1_000 * farPage);
    const { instances, snapshot } = cell(`(module (memory 1000) (data (i32.const 200000) "x")
      (func (export "write") (param i32) (i32.store8 (local.get 0) (i32.const 255))))`);
    const least = instance + 996 * farPage + 4 * filledPage;
    expect(snapshot.cost).toBe(least);
    for (const at of [300_000, 300_001, 50_000_000]) instances[0]!.write(at);
    snapshot.restore();
    expect(snapshot.cost).toBe(least + 2 * filledPage);
    snapshot.restore();
    expect(snapshot.cost).toBe(least);
    const globals = `(module ${"(global (mut i64) (i64.const 0))".repeat(1_000)})`;
    expect(cost(globals, globals)).toBe(2 * (instance + 1_000 * global));
  });

  it("can be put back after the memory was grown by nothing", () => {
    const { instances, snapshot } = cell(
      `(module (memory 1) (func (export "f") (drop (memory.grow (i32.const 0)))))`,
    );
    instances[0]!.f();
    expect(snapshot.restore()).toBe(true);
  });

  it("covers every module of a cell", () => {
    const text = `(module (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))`;
    const { instances, snapshot } = cell(text, text);
    expect(instances.map((guest) => guest.next())).toEqual([1, 1]);
    expect(snapshot.restore()).toBe(true);
    expect(instances.map((guest) => guest.next())).toEqual([1, 1]);
  });

  it.each([
    ["memory grown", "(drop (memory.grow (i32.const 1)))"],
    ["a table written to", "(table.set (i32.const 0) (ref.null func))"],
    ["a segment dropped", "(data.drop 0)"],
  ])("says when it can't: %s", (_, code) => {
    const { instances, snapshot } = cell(
      `(module (memory 1) (table 1 funcref) (data "x") (func (export "f") ${code}))`,
    );
    expect(snapshot.restore()).toBe(true);
    instances[0]!.f();
    expect(snapshot.restore()).toBe(false);
  });

  it("says when it can't: a memory grown from outside", () => {
    const { instances, snapshot } = cell(`(module (memory (export "m") 1))`);
    instances[0]!.m.grow(1);
    expect(snapshot.restore()).toBe(false);
  });
});
