import { describe, expect, test } from "vitest";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { Cell, HostImports } from "../../../host/engine/engine.ts";
import { HotcellError, TrapError } from "../../../host/errors.ts";
import { allocator, lift, main, options } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();

/** A resource of the guest's own, with a destructor that counts. */
const guest = await engine.compile(
  component(`
  (core module $Drops
    (global $drops (mut i32) (i32.const 0))
    (func (export "drop") (param i32) (global.set $drops (i32.add (global.get $drops) (local.get 0))))
    (func (export "dropped") (result i32) (global.get $drops)))
  (core instance $drops (instantiate $Drops))
  (alias core export $drops "drop" (core func $dtor))
  (type $thing' (resource (rep i32) (dtor (core func $dtor))))
  (export $thing "thing" (type $thing'))
  (core func $new (canon resource.new $thing'))
  (core func $drop (canon resource.drop $thing'))
  (core func $rep (canon resource.rep $thing'))
  ${allocator}
  ${main(
    `
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "look") (param i32) (result i32) (local.get 0))
    (func (export "take") (param i32) (result i32) (call $rep (local.get 0)))
    (func (export "end") (param i32) (call $drop (local.get 0)))
    (func (export "twin") (param i32 i32) (result i32) (i32.add (call $rep (local.get 0)) (call $rep (local.get 1))))
    (func (export "same") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
    (func (export "fake") (result i32) (i32.const 77))`,
    `(import "env" "new" (func $new (param i32) (result i32)))
     (import "env" "drop" (func $drop (param i32)))
     (import "env" "rep" (func $rep (param i32) (result i32)))`,
    `(export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep))`,
  )}
  (func (export "make") (param "rep" u32) (result (own $thing)) ${lift("make")})
  (func (export "look") (param "thing" (borrow $thing)) (result u32) ${lift("look")})
  (func (export "take") (param "thing" (own $thing)) (result u32) ${lift("take")})
  (func (export "end") (param "thing" (own $thing)) ${lift("end")})
  (func (export "twin") (param "a" (own $thing)) (param "b" (own $thing)) (result u32) ${lift("twin")})
  (func (export "same") (param "things" (list (own $thing))) (result (list (own $thing))) ${lift("same")})
  (func (export "fake") (result (own $thing)) ${lift("fake")})
  (func (export "dropped") (result u32) (canon lift (core func $drops "dropped")))`),
);

function startGuest(): Cell {
  return guest.instantiate({});
}

describe("a guest's resource in the host's hands", () => {
  test("is lent to functions, and ended by Symbol.dispose, once", () => {
    const cell = startGuest();
    const thing = cell.function("make")(5) as Disposable;
    expect(cell.function("look")(thing)).toBe(5);
    expect(cell.function("look")(thing)).toBe(5);
    thing[Symbol.dispose]();
    thing[Symbol.dispose]();
    expect(cell.function("dropped")()).toBe(5);
    expect(() => cell.function("look")(thing)).toThrow(/dropped or given away/);
    expect(cell.alive).toBe(true);
  });

  test("given away it is the guest's", () => {
    const cell = startGuest();
    const thing = cell.function("make")(5) as Disposable;
    expect(cell.function("take")(thing)).toBe(5);
    expect(() => cell.function("take")(thing)).toThrow(HotcellError);
    thing[Symbol.dispose]();
    expect(cell.function("dropped")()).toBe(0);
    cell.function("end")(cell.function("make")(9));
    expect(cell.function("dropped")()).toBe(9);
  });

  test("a wrong one is the caller's mistake and costs nothing", () => {
    const cell = startGuest();
    const foreign = startGuest().function("make")(1);
    const mine = cell.function("make")(1);
    for (const wrong of [{}, foreign, undefined, "thing"]) {
      expect(() => cell.function("look")(wrong)).toThrow(expect.objectContaining({ code: "bad-argument" }));
    }
    expect(() => cell.function("twin")(mine, mine)).toThrow(/twice/);
    expect(() => cell.function("same")([mine, mine])).toThrow(/twice/);
    expect(cell.function("twin")(mine, cell.function("make")(2))).toBe(3);
  });

  test("in lists too", () => {
    const cell = startGuest();
    const make = cell.function("make");
    const things = cell.function("same")([make(1), make(2)]) as Disposable[];
    expect(things.map((thing) => cell.function("look")(thing))).toEqual([1, 2]);
    things[1]![Symbol.dispose]();
    expect(cell.function("dropped")()).toBe(2);
  });

  test("of a cell that ended, disposing does nothing", () => {
    const cell = startGuest();
    const thing = cell.function("make")(1) as Disposable;
    cell.dispose();
    thing[Symbol.dispose]();
  });

  test("a handle the guest made up is a trap", () => {
    const cell = startGuest();
    expect(() => cell.function("fake")()).toThrow(TrapError);
    expect(cell.alive).toBe(false);
  });
});

/** Uses a resource of the host's. */
const user = await engine.compile(
  component(`
  (import "demo:host/files" (instance $files
    (export "file" (type $file (sub resource)))
    (export "[constructor]file" (func (param "name" string) (result (own $file))))
    (export "[method]file.get-name" (func (param "self" (borrow $file)) (result string)))
    (export "[static]file.newest" (func (result (own $file))))))
  (alias export $files "file" (type $file))
  (alias export $files "[constructor]file" (func $open))
  (alias export $files "[method]file.get-name" (func $name))
  (alias export $files "[static]file.newest" (func $newest))
  ${allocator}
  (core func $open' (canon lower (func $open) ${options()}))
  (core func $name' (canon lower (func $name) ${options()}))
  (core func $newest' (canon lower (func $newest)))
  (core func $drop (canon resource.drop $file))
  ${main(
    `
    (func (export "open") (param i32 i32) (result i32) (call $open (local.get 0) (local.get 1)))
    (func (export "name") (param i32) (result i32)
      (call $name (local.get 0) (i32.const 8)) (call $drop (local.get 0)) (i32.const 8))
    (func (export "keep") (param i32))
    (func (export "end") (param i32) (call $drop (local.get 0)))
    (func (export "twice") (param i32) (call $drop (local.get 0)) (call $drop (local.get 0)))
    (func (export "newest") (result i32) (call $newest))
    (func (export "give") (param i32) (result i32) (local.get 0))`,
    `(import "env" "open" (func $open (param i32 i32) (result i32)))
     (import "env" "name" (func $name (param i32 i32)))
     (import "env" "newest" (func $newest (result i32)))
     (import "env" "drop" (func $drop (param i32)))`,
    `(export "open" (func $open')) (export "name" (func $name')) (export "newest" (func $newest'))
     (export "drop" (func $drop))`,
  )}
  (func (export "open") (param "name" string) (result (own $file)) ${lift("open")})
  (func (export "name") (param "file" (borrow $file)) (result string) ${lift("name")})
  (func (export "keep") (param "file" (borrow $file)) ${lift("keep")})
  (func (export "end") (param "file" (own $file)) ${lift("end")})
  (func (export "twice") (param "file" (own $file)) ${lift("twice")})
  (func (export "newest") (result (own $file)) ${lift("newest")})
  (func (export "give") (param "file" (own $file)) (result (own $file)) ${lift("give")})`),
);

class Node {
  readonly #name: string;
  ended = 0;
  constructor(name: string) {
    this.#name = name;
  }
  getName(): string {
    return this.#name;
  }
}
class File extends Node {
  static newest(): File {
    return new File("newest");
  }
  [Symbol.dispose](): void {
    this.ended++;
  }
}
const files = { "demo:host/files": { File } } as unknown as HostImports;

describe("a host's resource in the guest's hands", () => {
  test("constructors, methods (inherited ones too) and static functions are those of its class", () => {
    const cell = user.instantiate(files);
    const file = cell.function("open")("a.txt") as File;
    expect(file).toBeInstanceOf(File);
    expect(cell.function("name")(file)).toBe("a.txt");
    expect((cell.function("newest")() as File).getName()).toBe("newest");
  });

  test("comes back as the same object", () => {
    const cell = user.instantiate(files);
    const file = new File("x");
    expect(cell.function("give")(file)).toBe(file);
    expect(file.ended).toBe(0);
  });

  test("dropped by its owner it is disposed", () => {
    const cell = user.instantiate(files);
    const file = new File("x");
    cell.function("end")(file);
    expect(file.ended).toBe(1);
  });

  test("a borrow must be dropped before the call ends, and only once", () => {
    const cell = user.instantiate(files);
    expect(() => cell.function("keep")(new File("x"))).toThrow(/borrowed handles remain/);
    expect(() => user.instantiate(files).function("twice")(new File("x"))).toThrow(/unknown handle index 1/);
  });

  test("a class without the functions that the component wants is refused", () => {
    const missing = (members: object) => () =>
      user.instantiate({ "demo:host/files": { File: members } } as unknown as HostImports);
    expect(missing(class {})).toThrow(expect.objectContaining({ code: "unknown-import" }));
    expect(missing(File.prototype)).toThrow(expect.objectContaining({ code: "unknown-import" }));
  });
});
