/** Values that host functions return and that are not what their WIT type says. */
import { describe, expect, it } from "vitest";
import { HotcellError } from "../../../host/errors.ts";
import { open, suspending } from "../../../host/index.ts";
import { component } from "../../guests/small-plugins.ts";
import { refusalOf } from "../../support/thrown.ts";

/** `go` opens a file and gives its size, `pass` one of the many, `give` hands a file back. */
const bytes = component(`
  (import "acme:disk/files@1.0.0" (instance $files
    (export "file" (type $file (sub resource)))
    (export "folder" (type $folder (sub resource)))
    (export "[method]file.size" (func (param "self" (borrow $file)) (result u32)))
    (export "[method]folder.size" (func (param "self" (borrow $folder)) (result u32)))
    (export "open" (func (result (own $file))))
    (export "all" (func (result (list (own $file)))))))
  (alias export $files "file" (type $file))
  (core module $Memory (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $Memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $open (canon lower (func $files "open")))
  (core func $all (canon lower (func $files "all") (memory $mem) (realloc $realloc)))
  (core func $size (canon lower (func $files "[method]file.size")))
  (core func $folder (canon lower (func $files "[method]folder.size")))
  (core module $M
    (import "a" "open" (func $open (result i32))) (import "a" "size" (func $size (param i32) (result i32)))
    (import "a" "all" (func $all (param i32))) (import "a" "memory" (memory 1))
    (func (export "go") (result i32) (call $size (call $open)))
    (func (export "pass") (result i32)
      (call $all (i32.const 8)) (call $size (i32.load (i32.load (i32.const 8)))))
    (func (export "give") (param i32) (result i32) (call $size (local.get 0))))
  (core instance $m (instantiate $M (with "a" (instance (export "open" (func $open)) (export "all" (func $all))
    (export "size" (func $size)) (export "folder" (func $folder)) (export "memory" (memory $mem))))))
  (func (export "go") (result u32) (canon lift (core func $m "go")))
  (func (export "pass") (result u32) (canon lift (core func $m "pass")))
  (type $handed (own $file))
  (export $exported "file" (type $file))
  (func (export "give") (param "file" (own $exported)) (result u32) (canon lift (core func $m "give")))`);

class File {
  size() {
    return 7;
  }
}
class LargeFile extends File {
  override size() {
    return 8;
  }
}
class Folder {
  size() {
    return 9;
  }
}

async function opened(returned: () => unknown, all: () => unknown = () => []) {
  const files = { File, Folder, open: returned, all };
  const plugin = await open(bytes, { imports: { "acme:disk/files@1.0.0": files as never } });
  const bind = (name: string) => plugin.lookup(name).as<() => unknown>("func() -> u32");
  return { plugin, go: bind("go"), pass: bind("pass") };
}

describe("a resource that a host function returns", () => {
  it.each([
    ["is an instance of the class", () => new File(), 7],
    ["or of one that extends it", () => new LargeFile(), 8],
    ["or an object with its methods", () => ({ size: () => 10 }), 10],
  ])("%s", async (_, returned, size) => {
    const { go } = await opened(returned);
    expect(go()).toBe(size);
  });

  const said = "The host function acme:disk/files@1.0.0#open returned a wrong value: ";
  it.each([
    [
      "of another resource's class",
      () => new Folder(),
      "Expected a resource file, got a resource of another type (Folder).",
    ],
    [
      "without its methods",
      () => ({ length: 3 }),
      "Expected a resource file, got an object without the method size.",
    ],
    [
      "of a class without them",
      () => new Date(),
      "Expected a resource file, got an instance of Date without the method size.",
    ],
    ["that is a number", () => 7, "expected file, got 7."],
    ["that is nothing", () => undefined, "expected file, got nothing."],
  ])("%s is refused when it is returned", async (_, returned, what) => {
    const { go } = await opened(returned);
    const error = await refusalOf(Promise.resolve().then(() => go()));
    expect(error).toBeInstanceOf(HotcellError);
    expect(error).toMatchObject({
      code: "fault",
      message: said + what,
      facts: { subject: "acme:disk/files@1.0.0#open" },
    });
  });

  it("inside a list", async () => {
    const { pass } = await opened(
      () => new File(),
      () => [new File(), new Folder()],
    );
    expect((await refusalOf(Promise.resolve().then(() => pass()))).message).toBe(
      "The host function acme:disk/files@1.0.0#all returned a wrong value: Expected a resource file, got a resource of another type (Folder).",
    );
    const { pass: fine } = await opened(
      () => new File(),
      () => [new File(), new File()],
    );
    expect(fine()).toBe(7);
  });

  it("later", async () => {
    const { go } = await opened(suspending(async () => new Folder()));
    expect((await refusalOf(go() as Promise<unknown>)).message).toContain(
      "got a resource of another type (Folder)",
    );
  });

  it("is refused as an argument too, and costs no cell", async () => {
    const { plugin, go } = await opened(() => new File());
    const give = plugin.lookup("give");
    const call = give.as<(file: unknown) => number>(String(give));
    expect(() => call(new Folder())).toThrow(
      expect.objectContaining({
        code: "bad-argument",
        message: expect.stringContaining("another type (Folder)"),
      }),
    );
    expect(call(new LargeFile())).toBe(8);
    expect(go()).toBe(7);
  });
});

describe.each(["direct", "jco"] as const)("a value that a host function returns, engine %s", (engine) => {
  const asking = component(`
    (import "acme:shop/stock@1.0.0" (instance $stock
      (type $t (record (field "name" string) (field "count" u8)))
      (export "item" (type $item (eq $t)))
      (export "find" (func (param "name" string) (result $item)))
      (export "left" (func (result u8)))))
    (core module $Memory (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
    (core instance $memory (instantiate $Memory))
    (alias core export $memory "memory" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))
    (core func $find (canon lower (func $stock "find") (memory $mem) (realloc $realloc)))
    (core func $left (canon lower (func $stock "left")))
    (core module $M (import "a" "find" (func $find (param i32 i32 i32))) (import "a" "left" (func $left (result i32)))
      (import "a" "memory" (memory 1))
      (func (export "find") (result i32) (call $find (i32.const 0) (i32.const 0) (i32.const 16)) (i32.load8_u (i32.const 24)))
      (func (export "left") (result i32) (call $left)))
    (core instance $m (instantiate $M (with "a" (instance (export "find" (func $find)) (export "left" (func $left)) (export "memory" (memory $mem))))))
    (func (export "find") (result u8) (canon lift (core func $m "find")))
    (func (export "left") (result u8) (canon lift (core func $m "left")))`);

  it.each([
    ["left", 256, "left returned a wrong value: expected u8 (0 to 255), got 256."],
    // A text may be anything of the host's, and this is told to callers: the cause quotes it.
    ["left", "7", "left returned a wrong value: expected u8 (0 to 255), got a text."],
    ["left", undefined, "left returned a wrong value: expected u8 (0 to 255), got nothing."],
    [
      "find",
      { name: "pen", count: -1 },
      "find returned a wrong value: count: expected u8 (0 to 255), got -1.",
    ],
    ["find", { name: "pen" }, "find returned a wrong value: count: expected u8 (0 to 255), got nothing."],
  ])("%s: %j is refused with the function, the place, the type and the value", async (name, value, said) => {
    const stock = { find: () => value, left: () => value };
    const imports = { "acme:shop/stock@1.0.0": stock as never };
    await using plugin = await open(asking, { engine, imports });
    const call = plugin.lookup(name).as<() => number>("func() -> u8");
    const error = await refusalOf(Promise.resolve().then(() => call()));
    expect(error.code).toBe("fault");
    expect(error.message).toBe(`The host function acme:shop/stock@1.0.0#${said}`);
    if (value === "7") expect((error.facts.cause as Error).message).toContain('got "7"');
  });

  it("passes when it fits", async () => {
    const stock = { find: () => ({ name: "pen", count: 3 }), left: () => 7 };
    await using plugin = await open(asking, { engine, imports: { "acme:shop/stock@1.0.0": stock } });
    expect(plugin.lookup("find").as<() => number>("func() -> u8")()).toBe(3);
    expect(plugin.lookup("left").as<() => number>("func() -> u8")()).toBe(7);
  });
});
